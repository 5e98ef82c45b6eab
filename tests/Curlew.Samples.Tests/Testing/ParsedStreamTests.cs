using System.Net.ServerSentEvents;
using Curlew.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;

namespace Curlew.Samples.Tests.Testing;

/// <summary>Streams that end, read as a whole, as docs/testing.md shows.</summary>
public sealed class ParsedStreamTests
{
    [Fact]
    public async Task A_report_tells_its_steps()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddCurlew();
        await using var app = builder.Build();
        app.MapGet("/report", () => TypedResults.EventStream(Report()));
        await app.StartAsync(TestContext.Current.CancellationToken);

        ReadOnlySpan<byte> input = await app.GetTestClient().GetByteArrayAsync("/report", TestContext.Current.CancellationToken);
        var parser = new EventStreamParser();
        var events = new List<(string Type, string Id, string Data)>();
        while (parser.TryRead(ref input, out var item))
        {
            if (item.Kind == EventStreamItemKind.Event)
                events.Add((item.Type, item.LastEventId, item.GetData()));
        }

        events.ShouldBe([("step", "1", "read"), ("step", "2", "written"), ("done", "2", "")]);
        parser.ReconnectionTime.ShouldNotBeNull();
    }

    private static async IAsyncEnumerable<SseItem<string>> Report()
    {
        yield return new("read", "step") { EventId = "1" };
        await Task.Yield();
        yield return new("written", "step") { EventId = "2" };
        yield return new("", "done");
    }
}
