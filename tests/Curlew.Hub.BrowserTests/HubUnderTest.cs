using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Curlew.Hub.BrowserTests;

/// <summary>The program <c>curlew serve</c> on a port that it keeps when it is started again.</summary>
internal sealed class HubUnderTest : IAsyncDisposable
{
    private readonly HttpClient _http;
    private ProgramUnderTest? _program;

    private HubUnderTest(int port)
    {
        Port = port;
        Address = new Uri($"http://127.0.0.1:{port}/");
        _http = new HttpClient { BaseAddress = Address };
    }

    public int Port { get; }

    public Uri Address { get; }

    public static async Task<HubUnderTest> StartAsync()
    {
        var hub = new HubUnderTest(FreePort.Next());
        try
        {
            await hub.StartAgainAsync();
            return hub;
        }
        catch
        {
            await hub.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgainAsync()
    {
        var program = _program = ProgramUnderTest.StartCurlew(["serve", "--urls", Address.ToString()]);
        await Eventually.UntilAsync(async () =>
        {
            program.HasExited.ShouldBeFalse(string.Join('\n', program.Error));
            try
            {
                using var ready = await _http.GetAsync("health/ready");
                return ready.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    public async Task StopAsync()
    {
        _program.ShouldNotBeNull().Signal(UnixSignal.Terminate);
        await _program.WaitForExitAsync();
        await _program.DisposeAsync();
        _program = null;
    }

    public async Task PublishAsync(string topic, string data, string? type = null)
    {
        using var answer = await _http.PostAsJsonAsync("events", new { topics = new[] { topic }, type, data });
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Publishes <paramref name="count"/> numbered events as one batch.</summary>
    public async Task PublishNumbersAsync(string topic, int first, int count)
    {
        var lines = string.Join('\n', Enumerable.Range(first, count).Select(number =>
            JsonSerializer.Serialize(new { topics = new[] { topic }, type = "number", data = new { number, text = "one of many" } })));
        using var content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using var answer = await _http.PostAsync("events", content);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, EntityTagHeaderValue? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        if (ifNoneMatch is not null)
            request.Headers.IfNoneMatch.Add(ifNoneMatch);
        return await _http.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_program is not null)
            await _program.DisposeAsync();
    }
}
