using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Hosting;

namespace Curlew.Samples.Tests.Testing;

/// <summary>How an application's own tests look, as docs/testing.md shows them: these are of samples/Orders.</summary>
public sealed class OrderStreamTests(WebApplicationFactory<Program> factory) : IClassFixture<WebApplicationFactory<Program>>
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_payment_is_told()
    {
        using var client = factory.CreateClient();
        // Without ResponseHeadersRead the client waits for the end of a stream that has none.
        using var response = await client.GetAsync("/orders/42/events", HttpCompletionOption.ResponseHeadersRead, _cancel);
        await using var body = await response.Content.ReadAsStreamAsync(_cancel);
        // The head of the answer is there, so the stream is open: what is published from here on arrives.
        await client.PostAsync("/orders/42/pay", content: null, _cancel);

        var paid = await SseParser.Create(body).EnumerateAsync(_cancel).FirstAsync(_cancel);

        paid.EventType.ShouldBe("OrderPaid");
        paid.Data.ShouldBe("""{"id":"42"}""");
    }

    [Fact]
    public async Task Who_comes_back_misses_nothing()
    {
        using var client = factory.CreateClient();
        string lastEventId;
        using (var response = await client.GetAsync("/orders/7/events", HttpCompletionOption.ResponseHeadersRead, _cancel))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(_cancel));
            // The first block says where the stream begins, before any event.
            lastEventId = (await ReadBlockAsync(reader)).Single(line => line.StartsWith("id: ", StringComparison.Ordinal))["id: ".Length..];
        }

        await client.PostAsync("/orders/7/pay", content: null, _cancel);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/orders/7/events") { Headers = { { "Last-Event-ID", lastEventId } } };
        using var again = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _cancel);
        await using var body = await again.Content.ReadAsStreamAsync(_cancel);
        (await SseParser.Create(body).EnumerateAsync(_cancel).FirstAsync(_cancel)).EventType.ShouldBe("OrderPaid");
    }

    [Fact]
    public async Task A_quiet_stream_is_kept_alive()
    {
        var clock = new ManualTimeProvider();
        await using var timed = factory.WithWebHostBuilder(host => host.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(clock)));
        using var client = timed.CreateClient();
        using var response = await client.GetAsync("/orders/42/events", HttpCompletionOption.ResponseHeadersRead, _cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(_cancel));
        await ReadBlockAsync(reader);

        // In steps, for as long as it takes: one long step could be over before the stream has begun to wait.
        var keepAlive = ReadBlockAsync(reader);
        while (!keepAlive.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        // A block without data: no client sees an event, but its last event id moves on.
        (await keepAlive).ShouldHaveSingleItem().ShouldStartWith("id: ");
    }

    [Fact]
    public async Task A_stop_ends_the_stream_with_the_time_to_come_back()
    {
        await using var own = factory.WithWebHostBuilder(_ => { });
        using var client = own.CreateClient();
        using var response = await client.GetAsync("/orders/42/events", HttpCompletionOption.ResponseHeadersRead, _cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(_cancel));
        await ReadBlockAsync(reader);

        await own.Services.GetRequiredService<IHost>().StopAsync(_cancel);

        (await ReadBlockAsync(reader)).ShouldHaveSingleItem().ShouldStartWith("retry: ");
        (await reader.ReadLineAsync(_cancel)).ShouldBeNull("The response has ended properly.");
    }

    [Fact]
    public async Task It_is_an_event_stream()
    {
        using var client = factory.CreateClient();
        using var response = await client.GetAsync("/orders/42/events", HttpCompletionOption.ResponseHeadersRead, _cancel);
        response.Content.Headers.ContentType.ShouldBe(new MediaTypeHeaderValue("text/event-stream"));
    }

    /// <summary>The lines of the next block, which a blank one ends.</summary>
    private async Task<List<string>> ReadBlockAsync(StreamReader reader)
    {
        var lines = new List<string>();
        while (await reader.ReadLineAsync(_cancel) is { Length: > 0 } line)
            lines.Add(line);
        return lines;
    }
}
