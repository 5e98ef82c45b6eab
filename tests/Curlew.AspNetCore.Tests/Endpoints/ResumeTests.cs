using System.Text;

namespace Curlew.AspNetCore.Tests.Endpoints;

public sealed class ResumeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_client_resumes_after_its_last_id(bool byHeader) => new StreamApp().RunAsync(async app =>
    {
        var ids = await PublishAsync(app, "1", "2", "3");
        using var stream = byHeader ? await app.OpenAsync("/events/news", ("Last-Event-ID", ids[0])) : await app.OpenAsync($"/events/news?lastEventId={ids[0]}");
        (await stream.DataAsync(2)).ShouldBe(["2", "3"]);
        stream.LastEventId.ShouldBe(ids[2]);
        await app.Publisher.PublishAsync("news", "4");
        (await stream.EventAsync()).Data.ShouldBe("4");
    });

    [Fact]
    public Task A_non_empty_header_wins_over_the_query_and_a_narrower_parameter_over_a_wider_one() => new StreamApp { Time = new ManualTimeProvider(Start) }.RunAsync(
        static async app =>
        {
            var ids = await PublishAsync(app, "1", "2", "3", "4");
            var all = $"lastEventId={ids[1]}&since=2026-01-31T12:00:00Z&last=1";

            (await FirstAsync(app, $"/events/news?{all}", ("Last-Event-ID", ids[2]))).ShouldBe("4");
            (await FirstAsync(app, $"/events/news?{all}", ("Last-Event-ID", ""))).ShouldBe("3");
            (await FirstAsync(app, $"/events/news?{all}")).ShouldBe("3");
            (await FirstAsync(app, "/events/news?since=2026-01-31T12:00:01Z&last=1")).ShouldBe("2");
            (await FirstAsync(app, "/events/news?last=1")).ShouldBe("4");
        });

    [Theory]
    [InlineData("2026-01-31T12:00:02Z")]
    [InlineData("2026-01-31T12:00:02")]
    [InlineData("2026-01-31T12:00:01.5Z")]
    [InlineData("2026-01-31T13:00:02%2B01:00")]
    public Task Since_begins_with_the_first_event_of_that_time(string since) => new StreamApp { Time = new ManualTimeProvider(Start) }.RunAsync(async app =>
    {
        await PublishAsync(app, "0", "1", "2", "3");
        (await FirstAsync(app, $"/events/news?since={since}")).ShouldBe("2");
    });

    [Fact]
    public Task Since_a_time_to_come_is_now() => new StreamApp { Time = new ManualTimeProvider(Start) }.RunAsync(static async app =>
    {
        await PublishAsync(app, "1");
        using var stream = await app.OpenAsync("/events/news?since=2030-01-01");
        await app.Publisher.PublishAsync("news", "new");
        (await stream.EventAsync()).Data.ShouldBe("new");
    });

    [Fact]
    public Task Last_counts_what_matches() => new StreamApp().RunAsync(static async app =>
    {
        await PublishAsync(app, "1", "2");
        await app.Publisher.PublishAsync("other", "x");
        await app.Publisher.PublishAsync("news", "3", type: "t");
        await app.Publisher.PublishAsync("other", "x", type: "t");
        await app.RoutedAsync();

        using var two = await app.OpenAsync("/events/news?last=2");
        (await two.DataAsync(2)).ShouldBe(["2", "3"]);
        using var typed = await app.OpenAsync("/events/news?last=2&type=t");
        (await typed.EventAsync()).Data.ShouldBe("3");
        using var more = await app.OpenAsync("/events/news?last=1000000");
        (await more.DataAsync(3)).ShouldBe(["1", "2", "3"]);
        using var none = await app.OpenAsync("/events/news?last=0");
        await app.Publisher.PublishAsync("news", "4");
        (await none.EventAsync()).Data.ShouldBe("4");
    });

    [Fact]
    public Task Earliest_is_everything_retained_and_never_a_gap() => new StreamApp { HubOptions = static hub => hub.Retention.MaxEvents = 3 }.RunAsync(static async app =>
    {
        await PublishAsync(app, "1", "2", "3", "4", "5");
        using var stream = await app.OpenAsync("/events/news?lastEventId=earliest");
        (await stream.DataAsync(3)).ShouldBe(["3", "4", "5"]);
    });

    [Fact]
    public Task Of_an_id_that_was_trimmed_a_gap_is_told_and_the_rest_given() => new StreamApp { HubOptions = static hub => hub.Retention.MaxEvents = 3 }.RunAsync(static async app =>
    {
        var ids = await PublishAsync(app, "1", "2", "3", "4", "5");
        using var stream = await app.OpenAsync("/events/news", ("Last-Event-ID", ids[0]));
        var gap = await stream.GapAsync("trimmed");
        gap.ToJsonString().ShouldBe($$"""{"reason":"trimmed","lastEventId":"{{ids[0]}}","oldest":"{{ids[2]}}"}""");
        stream.LastEventId.ShouldBe(ids[1]);
        (await stream.DataAsync(3)).ShouldBe(["3", "4", "5"]);

        // The position just below the oldest is no gap.
        (await FirstAsync(app, "/events/news", ("Last-Event-ID", ids[1]))).ShouldBe("3");
    });

    [Fact]
    public Task Of_an_id_above_the_newest_a_gap_is_told_and_everything_given() => new StreamApp().RunAsync(static async app =>
    {
        var ids = await PublishAsync(app, "1", "2");
        using var stream = await app.OpenAsync("/events/news", ("Last-Event-ID", "99999999999999-0"));
        var gap = await stream.GapAsync("lost");
        gap.ToJsonString().ShouldBe($$"""{"reason":"lost","lastEventId":"99999999999999-0","oldest":"{{ids[0]}}"}""");
        (await stream.DataAsync(2)).ShouldBe(["1", "2"]);
    });

    [Fact]
    public Task Of_an_id_of_another_log_a_gap_is_told_and_everything_given() => new StreamApp { Time = new ManualTimeProvider(Start) }.RunAsync(static async app =>
    {
        var ids = await PublishAsync(app, "1", "2");
        var other = $"{ids[0].Split('-')[0]}-{ulong.MaxValue}";
        using var stream = await app.OpenAsync("/events/news", ("Last-Event-ID", other));
        var gap = await stream.GapAsync("unknown");
        gap.ToJsonString().ShouldBe($$"""{"reason":"unknown","lastEventId":"{{other}}","oldest":"{{ids[0]}}"}""");
        (await stream.DataAsync(2)).ShouldBe(["1", "2"]);
    });

    [Fact]
    public Task Of_an_id_that_is_none_a_gap_is_told_and_the_stream_is_live() => new StreamApp().RunAsync(static async app =>
    {
        var ids = await PublishAsync(app, "1");
        using var stream = await app.OpenAsync("/events/news", ("Last-Event-ID", "1769860800000"));
        var gap = await stream.GapAsync("malformed");
        gap.ToJsonString().ShouldBe($$"""{"reason":"malformed","lastEventId":"1769860800000","oldest":"{{ids[0]}}"}""");
        stream.LastEventId.ShouldBe(ids[0]);
        await app.Publisher.PublishAsync("news", "2");
        (await stream.EventAsync()).Data.ShouldBe("2");
    });

    [Fact]
    public Task Since_a_time_before_the_retention_is_a_gap() => new StreamApp { Time = new ManualTimeProvider(Start) }.RunAsync(static async app =>
    {
        var ids = await PublishAsync(app, "1", "2");
        using var stream = await app.OpenAsync("/events/news?since=1969-07-20");
        ((string?)(await stream.GapAsync("trimmed"))["oldest"]).ShouldBe(ids[0]);
        (await stream.DataAsync(2)).ShouldBe(["1", "2"]);
    });

    [Fact]
    public Task A_gap_is_told_once_and_again_to_a_client_that_was_cut_before_it() => new StreamApp { HubOptions = static hub => hub.Retention.MaxEvents = 3 }.RunAsync(
        static async app =>
        {
            var ids = await PublishAsync(app, "1", "2", "3", "4", "5");
            using var cut = await app.SendAsync("/events/news", ("Last-Event-ID", ids[0]));
            // A client that is cut here comes back with the id that it came with.
            (await cut.BlockAsync()).Id.ShouldBeNull();
            cut.Abort();

            using var told = await app.OpenAsync("/events/news", ("Last-Event-ID", ids[0]));
            await told.GapAsync("trimmed");
            told.Abort();

            using var again = await app.OpenAsync("/events/news", ("Last-Event-ID", told.LastEventId));
            (await again.DataAsync(3)).ShouldBe(["3", "4", "5"]);
        });

    [Fact]
    public Task Types_narrow_a_stream_and_a_gap_passes() => new StreamApp { Time = new ManualTimeProvider(Start) }.RunAsync(static async app =>
    {
        await app.Publisher.PublishAsync("news", "0");
        await app.Publisher.PublishAsync("news", "1", type: "a");
        await app.Publisher.PublishAsync("news", "2", type: "b");
        await app.Publisher.PublishAsync("news", "3", type: "c");
        await app.RoutedAsync();

        using var stream = await app.OpenAsync("/events/news?type=a&type=c&lastEventId=1-0&unknown=ignored");
        await stream.GapAsync("trimmed");
        (await stream.DataAsync(2)).ShouldBe(["1", "3"]);
        await app.Publisher.PublishAsync("news", "4", type: "b");
        await app.Publisher.PublishAsync("news", "5", type: "a");
        (await stream.EventAsync()).Data.ShouldBe("5");

        using var untyped = await app.OpenAsync("/events/news?type=message&lastEventId=earliest");
        (await untyped.EventAsync()).Data.ShouldBe("0");
    });

    [Fact]
    public Task A_client_cut_before_its_first_event_comes_back_without_a_hole() => new StreamApp().RunAsync(static async app =>
    {
        await PublishAsync(app, "0");
        using var cut = await app.OpenAsync("/events/news");
        cut.Abort();
        await app.Publisher.PublishAsync("news", "1");

        (await FirstAsync(app, "/events/news", ("Last-Event-ID", cut.LastEventId))).ShouldBe("1");
    });

    [Fact]
    public Task Hostile_ids_are_told_gaps_and_leave_nothing_behind() => new StreamApp().RunAsync(static async app =>
    {
        const int seed = 20260131;
        var random = new Random(seed);
        string[] known =
        [
            "1-", "-1", "1", "01-0", "1-00", "+1-0", "1--0", " 1-0", "1-0 ", "1_0-0", "0x1-0", "1.0-0", "1e3-0", "18446744073709551616-0", "\uFF11-0", "1-0\n", "1-0\0", "\r\ndata: forged\r\n\r\n",
            "0-0-0", new('1', 65), new string('9', 4000), "null", "*", "%31-0", "\u202E0-1", "{\"a\":1}", "\u2028",
        ];
        for (var i = 0; i < 300; i++)
        {
            var id = i < known.Length ? known[i] : Hostile(random);
            using var stream = await app.OpenAsync($"/events/news?lastEventId={Uri.EscapeDataString(id)}");
            var gap = await stream.GapAsync("malformed");
            ((string?)gap["lastEventId"]).ShouldBe(id.Length > 64 ? id[..64] : id, $"seed {seed}, id {i}");
        }

        await app.ShouldHoldNothingAsync();
    });

    [Fact]
    public Task Hostile_headers_are_told_gaps_or_refused() => new StreamApp().RunAsync(static async app =>
    {
        foreach (var id in (string[])["1", new('x', 5000), "1-0, 2-0", "\u00E9", "\t1", "data: x"])
        {
            using var stream = await app.OpenAsync("/events/news", ("Last-Event-ID", id));
            await stream.GapAsync("malformed");
        }

        using var twice = await app.OpenAsync("/events/news", ("Last-Event-ID", "1-0"), ("Last-Event-ID", "2-0"));
        await twice.GapAsync("malformed");
        using var nul = await app.SendAsync("/events/news", ("Last-Event-ID", "1\0-0"));
        nul.Status.ShouldBe(400);
    });

    private static string Hostile(Random random)
    {
        const string alphabet = "0123456789--\r\n\0:*$%/ \u00E9\u4E2D";
        var text = new StringBuilder("x");
        for (var length = random.Next(100); length > 0; length--)
            text.Append(alphabet[random.Next(alphabet.Length)]);
        return text.ToString();
    }

    private static async Task<string?> FirstAsync(StreamApp app, string target, params (string, string)[] headers)
    {
        using var stream = await app.OpenAsync(target, headers);
        return (await stream.EventAsync()).Data;
    }

    /// <summary>Publishes to the topic <c>news</c>, a second between two where the clock is manual, and waits until the hub has routed.</summary>
    private static async Task<string[]> PublishAsync(StreamApp app, params string[] data)
    {
        var ids = new List<string>();
        foreach (var text in data)
        {
            ids.Add((await app.Publisher.PublishAsync("news", text)).ToString());
            (app.Time as ManualTimeProvider)?.Advance(TimeSpan.FromSeconds(1));
        }

        await app.RoutedAsync();
        return [.. ids];
    }
}
