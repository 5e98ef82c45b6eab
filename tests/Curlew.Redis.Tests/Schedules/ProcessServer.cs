using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Schedules;

/// <summary>The program <c>curlew serve</c> over Redis, a process of its own. It dies by SIGKILL.</summary>
internal sealed class ProcessServer : IServer
{
    // For all servers there ever are. An attempt whose server is dead, or waits for Redis, is given up long before a schedule is.
    private static readonly HttpClient Http = new() { Timeout = Eventually.DefaultDeadline };

    private readonly ProgramUnderTest _program;

    private ProcessServer(ProgramUnderTest program, Uri address) => (_program, Address) = (program, address);

    public Uri Address { get; }

    /// <summary>Starts one, and returns when it listens, whether or not Redis is there.</summary>
    /// <param name="redisPort">The port of Redis, or of a proxy before it.</param>
    public static async Task<ProcessServer> StartAsync(int redisPort)
    {
        var program = ProgramUnderTest.StartCurlew(
        [
            "serve", "--urls", "http://127.0.0.1:0", "--redis", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{redisPort},asyncTimeout=500"),
            // So that clients also come back with the position of a keep-alive.
            "--Curlew:KeepAlive=1s",
        ]);
        try
        {
            var listening = await program.WaitForLineAsync(@"listens on (?<address>http://127\.0\.0\.1:\d+)", FaultSchedule.Patience);
            return new(program, new Uri(listening.Groups["address"].Value));
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    public async Task<PublishOutcome> PublishAsync(int number, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, "events"))
        {
            Content = JsonContent.Create(new { topics = new[] { "a" }, data = number.ToString(CultureInfo.InvariantCulture) }),
        };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
                return PublishOutcome.Failed(answer.RootElement.GetProperty("detail").GetString()!);
            response.StatusCode.ShouldBe(HttpStatusCode.OK, answer.RootElement.ToString());
            return new(EventId.Parse(answer.RootElement.GetProperty("id").GetString()!), IsRefused: false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested))
        {
            // It was killed before it answered, or is not there.
            return PublishOutcome.Unknown;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_program.HasExited)
            _program.Signal(UnixSignal.Kill);
        await _program.DisposeAsync();
    }
}
