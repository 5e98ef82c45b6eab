using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>What docs/streaming-results.md shows, run.</summary>
public sealed class DocumentedExampleTests
{
    [Fact]
    public Task The_counter_counts() => new StreamApp
    {
        Map = static app =>
        {
            app.MapGet("/count", () => TypedResults.EventStream(Count()));

            static async IAsyncEnumerable<string> Count()
            {
                for (var i = 0; i < 10; i++)
                {
                    yield return $"Count: {i}";
                    await Task.Delay(10);
                }
            }
        },
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/count");
        (await stream.RestAsync()).Select(static block => block.Data).ShouldBe(Enumerable.Range(0, 10).Select(static i => $"Count: {i}"));
    });

    [Fact]
    public Task The_import_tells_of_its_progress_and_is_released() => new StreamApp
    {
        Services = static builder => builder.Services.AddSingleton<Importer>(),
        Map = static app =>
        {
            app.MapGet("/import/{id}", (string id, Importer importer) => TypedResults.EventStream(async (stream, cancel) =>
            {
                await stream.CommentAsync("import started");
                await foreach (var step in importer.RunAsync(id, cancel))
                    await stream.SendAsync(step, type: "progress", id: step.Number.ToString());
            }, new EventStreamOptions { KeepAlive = TimeSpan.FromSeconds(15), OnCompleted = context => importer.ReleaseAsync(id) }));
        },
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/import/7");
        (await stream.BlockAsync()).Comment.ShouldBe("import started");
        (await stream.RestAsync()).Select(static block => (block.Type, block.Id, block.Data)).ShouldBe([("progress", "1", """{"number":1}"""), ("progress", "2", """{"number":2}""")]);
        await Eventually.UntilAsync(() => app.Provider.GetRequiredService<Importer>().Released == "7");
    });

    [Fact]
    public Task The_rows_resume() => new StreamApp
    {
        Map = static app =>
        {
            app.MapGet("/rows", () => TypedResults.EventStream((lastEventId, cancel) => RowsAfter(lastEventId, cancel)));

            static async IAsyncEnumerable<SseItem<Row>> RowsAfter(string? lastEventId, [EnumeratorCancellation] CancellationToken cancel)
            {
                var first = int.TryParse(lastEventId, out var last) ? last + 1 : 1;
                for (var number = first; number <= 5; number++)
                {
                    yield return new SseItem<Row>(new Row(number), "row") { EventId = $"{number}" };
                    await Task.Delay(10, cancel);
                }
            }
        },
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/rows", ("Last-Event-ID", "3"));
        (await stream.RestAsync()).Select(static block => block.Id).ShouldBe(["4", "5"]);
    });

    private sealed record Row(int Number);

    private sealed record Step(int Number);

    private sealed class Importer
    {
        public string? Released { get; private set; }

        public async IAsyncEnumerable<Step> RunAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var number = 1; number <= 2; number++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(id.Length), TimeProvider.System, cancellationToken);
                yield return new(number);
            }
        }

        public Task ReleaseAsync(string id)
        {
            Released = id;
            return Task.CompletedTask;
        }
    }
}
