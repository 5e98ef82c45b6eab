using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Curlew.Hub.EndToEndTests;

/// <summary>The program <c>curlew serve</c> on a port that it keeps when it is started again.</summary>
internal sealed partial class HubUnderTest : IAsyncDisposable
{
    private readonly string[] _arguments;
    private readonly HttpClient _http;
    private ProgramUnderTest? _program;

    private HubUnderTest(string[] settings)
    {
        Port = FreePort.Next();
        Address = new Uri($"http://127.0.0.1:{Port}/");
        _arguments = ["serve", "--urls", Address.ToString(), .. settings.Select(static setting => $"--{setting}")];
        _http = new HttpClient { BaseAddress = Address };
    }

    public int Port { get; }

    public Uri Address { get; }

    public ProgramUnderTest Program => _program.ShouldNotBeNull();

    /// <summary>What the hub has logged that an operator is to act on.</summary>
    public IEnumerable<string> Complaints => Program.Output.Concat(Program.Error).Where(static line => ComplaintPattern().IsMatch(line));

    /// <summary>Starts a hub, and returns when it is ready.</summary>
    /// <param name="settings">Settings as on the command line, without the dashes: <c>Curlew:KeepAlive=1s</c>.</param>
    public static async Task<HubUnderTest> StartAsync(params string[] settings)
    {
        var hub = new HubUnderTest(settings);
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
        var program = _program = ProgramUnderTest.StartCurlew(_arguments);
        await Eventually.UntilAsync(async () =>
        {
            program.HasExited.ShouldBeFalse(string.Join('\n', program.Error));
            try
            {
                return (await GetAsync("health/ready")).Status == 200;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    /// <summary>Ends the hub as a crash does.</summary>
    public async Task KillAsync()
    {
        await Program.DisposeAsync();
        _program = null;
    }

    /// <summary>Opens a stream.</summary>
    /// <param name="query">The query, such as <c>topic=a&amp;last=10</c>.</param>
    /// <param name="lastEventId">The header of a client that comes back.</param>
    public async Task<RawStream> SubscribeAsync(string query, string? lastEventId = null)
    {
        var stream = await AskAsync(query, lastEventId is null ? [] : [("Last-Event-ID", lastEventId)]);
        stream.Status.ShouldBe(200);
        return stream;
    }

    /// <summary>Asks for a stream, which may be refused.</summary>
    public Task<RawStream> AskAsync(string query, params (string, string)[] headers) =>
        RawStream.ConnectAsync(Port, $"/events?{query}", new() { Headers = headers }, Deadline.Token);

    /// <summary>Publishes one text.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> PublishAsync(string topic, string data, string? type = null) =>
        (await PostJsonAsync(JsonSerializer.Serialize(new { topics = new[] { topic }, data, type }))).Id;

    /// <summary>Publishes texts as one batch.</summary>
    /// <returns>The id of the last one.</returns>
    public async Task<string> PublishBatchAsync(string topic, IEnumerable<string> data) =>
        (await PostAsync("application/x-ndjson", string.Join('\n', data.Select(text => JsonSerializer.Serialize(new { topics = new[] { topic }, data = text }))))).Id;

    public Task<Answer> PostJsonAsync(string json, params (string Name, string Value)[] headers) => PostAsync("application/json", json, "", headers);

    public Task<Answer> PostAsync(string? contentType, string body, string query = "", params (string Name, string Value)[] headers) =>
        PostAsync(contentType, Encoding.UTF8.GetBytes(body), query, headers);

    public async Task<Answer> PostAsync(string? contentType, byte[] body, string query = "", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"events{query}") { Content = new ByteArrayContent(body) };
        if (contentType is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(request);
    }

    public async Task<Answer> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using var response = await _http.SendAsync(request, Deadline.Token);
        return new((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "", await response.Content.ReadAsStringAsync(Deadline.Token));
    }

    /// <summary>The sum of a metric over its series whose labels hold a text; 0 where there is none.</summary>
    public async Task<double> MetricAsync(string name, string labels = "")
    {
        var text = (await GetAsync("metrics")).Body;
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{' && line.Contains(labels, StringComparison.Ordinal))
            .Sum(static line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until so many streams are open, which a client knows before the server does.</summary>
    public Task OpenStreamsAsync(int count) => Eventually.UntilAsync(async () => await MetricAsync("curlew_connections_active") == count);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_program is not null)
            await _program.DisposeAsync();
    }

    [GeneratedRegex(@"^(warn|fail|crit):|^Unhandled|^   at ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ComplaintPattern();
}
