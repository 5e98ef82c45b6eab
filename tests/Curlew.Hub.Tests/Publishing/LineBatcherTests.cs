using System.Buffers;
using System.Text;
using System.Text.Json;
using Curlew.Hub.Publishing;
using Curlew.Testing;

namespace Curlew.Hub.Tests.Publishing;

public sealed class LineBatcherTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_batch_waits_for_its_delay_counted_from_its_first_line()
    {
        using var batcher = Create(maxLines: 100);
        var taken = batcher.TakeAsync();

        await AddAsync(batcher, "a");
        _time.Advance(Delay * 0.6);
        await AddAsync(batcher, "b");
        _time.Advance(Delay * 0.3);
        taken.IsCompleted.ShouldBeFalse();
        _time.Advance(Delay * 0.1);

        Data(await taken).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task A_full_batch_is_handed_out_at_once()
    {
        using var batcher = Create(maxLines: 2);
        var taken = batcher.TakeAsync();

        await AddAsync(batcher, "a", "b");

        Data(await taken).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task While_nobody_takes_it_a_batch_that_is_due_goes_on_growing_until_it_is_full()
    {
        using var batcher = Create(maxLines: 3);
        await AddAsync(batcher, "a");
        _time.Advance(Delay * 10);
        await AddAsync(batcher, "b", "c");
        var waiting = AddAsync(batcher, "d");
        waiting.IsCompleted.ShouldBeFalse();

        Data(await batcher.TakeAsync()).ShouldBe(["a", "b", "c"]);

        await waiting;
        var next = batcher.TakeAsync();
        next.IsCompleted.ShouldBeFalse("its own delay counts, not that of the batch before");
        _time.Advance(Delay);
        var second = await next;
        Data(second).ShouldBe(["d"]);
        second!.FirstLine.ShouldBe(4);
    }

    [Fact]
    public async Task A_line_that_would_make_a_batch_too_large_begins_the_next_one()
    {
        using var batcher = Create(maxLines: 100, maxBytes: 1000);
        var large = new string('x', 600);
        await AddAsync(batcher, large);
        var second = AddAsync(batcher, large);
        second.IsCompleted.ShouldBeFalse();

        Data(await batcher.TakeAsync()).ShouldBe([large]);

        await second;
    }

    [Fact]
    public async Task A_line_larger_than_a_batch_is_a_batch_of_its_own()
    {
        using var batcher = Create(maxLines: 100, maxBytes: 1000);
        var huge = new string('x', 5000);

        await AddAsync(batcher, huge);

        Data(await batcher.TakeAsync()).ShouldBe([huge]);
    }

    [Fact]
    public async Task At_the_end_what_is_left_is_handed_out_and_then_nothing()
    {
        using var batcher = Create(maxLines: 100);
        await AddAsync(batcher, "a");

        batcher.Complete();

        Data(await batcher.TakeAsync()).ShouldBe(["a"]);
        (await batcher.TakeAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Lines_become_events_and_what_is_not_UTF8_is_replaced()
    {
        using var batcher = Create(maxLines: 100, type: "ty\"pe");
        byte[] illFormed = [(byte)'a', 0xFF, (byte)'b'];
        await AddAsync(batcher, "", "é \"\\\u0001\r\u2028🐦");
        await batcher.AddAsync(new(illFormed), TestContext.Current.CancellationToken);
        batcher.Complete();

        var batch = await batcher.TakeAsync();

        Data(batch).ShouldBe(["", "é \"\\\u0001\r\u2028🐦", "a\uFFFDb"]);
        var first = Events(batch!.Slice(0, 1)).ShouldHaveSingleItem();
        first.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()).ShouldBe(["to/pic"]);
        first.GetProperty("type").GetString().ShouldBe("ty\"pe");
        Events(batch.Slice(1, 2)).Select(e => e.GetProperty("data").GetString()).ShouldBe(["é \"\\\u0001\r\u2028🐦", "a\uFFFDb"]);
    }

    private static string?[] Data(LineBatch? batch) => [.. Events(batch!.Slice(0, batch.Count)).Select(e => e.GetProperty("data").GetString())];

    private static List<JsonElement> Events(ReadOnlyMemory<byte> body)
    {
        var text = Encoding.UTF8.GetString(body.Span);
        text.ShouldEndWith("\n");
        return [.. text.TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line))];
    }

    private static async Task AddAsync(LineBatcher batcher, params string[] lines)
    {
        foreach (var line in lines)
            await batcher.AddAsync(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(line)), TestContext.Current.CancellationToken);
    }

    private LineBatcher Create(int maxLines, int maxBytes = 512 * 1024, string? type = null) =>
        new(new BatchLimits(maxLines, Delay) { MaxBytes = maxBytes }, new LineEncoder("to/pic", type), _time);
}
