using SecurityDashboard.Correlation;
using SecurityDashboard.Normalising;

namespace Curlew.Samples.SecurityDashboard.Tests.Correlation;

public sealed class CorrelationEngineTests
{
    private const string Threshold = """
        - { id: t, name: T, severity: high, message: "{user}", type: threshold, match: { action: fail }, by: address, within: 60s, suppress: 100s, count: 3 }
        """;

    private const string Sequence = """
        - id: s
          name: S
          severity: critical
          message: x
          type: sequence
          by: user
          within: 60s
          steps:
            - match: { action: a }
              count: 2
            - match: { action: [a, b] }
            - match: { action: c }
        """;

    private int _ids;

    [Fact]
    public void A_threshold_is_reached_within_a_window_that_slides()
    {
        var engine = Engine(Threshold);

        Feed(engine, (0, "fail"), (30, "fail"), (61, "fail")).ShouldBeEmpty();
        Feed(engine, (90, "fail")).ShouldHaveSingleItem().Record.Time.ShouldBe(At(90));
    }

    [Fact]
    public void What_does_not_match_and_what_belongs_to_another_is_not_counted()
    {
        var engine = Engine(Threshold);

        Feed(engine, (0, "fail"), (1, "fail"), (2, "other")).ShouldBeEmpty();
        engine.Process(Record(3, "fail", address: "192.0.2.99")).ShouldBeEmpty();
        engine.Process(Record(4, "fail", address: null)).ShouldBeEmpty();
        var found = Feed(engine, (5, "fail")).ShouldHaveSingleItem();
        found.Key.ShouldBe(new Dictionary<string, string>(StringComparer.Ordinal) { ["address"] = "192.0.2.1" });
        found.Message.ShouldBe("ann");
    }

    [Fact]
    public void After_an_alert_the_same_key_is_quiet_for_a_while_and_begins_anew_then()
    {
        var engine = Engine(Threshold);
        Feed(engine, (0, "fail"), (1, "fail"), (2, "fail")).Count.ShouldBe(1);

        Feed(engine, (3, "fail"), (50, "fail"), (101, "fail")).ShouldBeEmpty();
        Feed(engine, (102, "fail"), (103, "fail")).ShouldBeEmpty();
        var second = Feed(engine, (104, "fail")).ShouldHaveSingleItem();
        second.Id.ShouldNotBe(Feed(Engine(Threshold), (0, "fail"), (1, "fail"), (2, "fail"))[0].Id, StringComparer.Ordinal);
    }

    [Fact]
    public void A_record_that_comes_again_is_not_counted_again()
    {
        var engine = Engine(Threshold);
        var first = Record(0, "fail");

        engine.Process(first).ShouldBeEmpty();
        engine.Process(first).ShouldBeEmpty();
        engine.Process(first).ShouldBeEmpty();
        Feed(engine, (1, "fail")).ShouldBeEmpty();
        Feed(engine, (2, "fail")).Count.ShouldBe(1);
    }

    [Fact]
    public void The_same_finding_has_the_same_id_also_of_an_engine_that_began_elsewhere()
    {
        var records = Enumerable.Range(0, 8).Select(second => Record(second, "fail")).ToArray();
        var one = Engine(Threshold);
        var other = Engine(Threshold);

        var found = records.SelectMany(one.Process).ToList().ShouldHaveSingleItem();
        var foundAgain = records.Skip(3).SelectMany(other.Process).ToList().ShouldHaveSingleItem();

        foundAgain.Record.ShouldNotBe(found.Record);
        foundAgain.Id.ShouldBe(found.Id);
        Feed(Engine(Threshold.Replace("id: t,", "id: u,", StringComparison.Ordinal)), (0, "fail"), (1, "fail"), (2, "fail"))[0].Id.ShouldNotBe(found.Id, StringComparer.Ordinal);
    }

    [Fact]
    public void Records_that_come_late_count_where_they_belong()
    {
        var engine = Engine(Threshold);

        Feed(engine, (40, "fail"), (100, "fail"), (0, "fail")).ShouldBeEmpty();
        Feed(engine, (90, "fail")).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_slow_clock_elsewhere_does_not_hide_what_happens_now()
    {
        var engine = Engine(Threshold);

        Feed(engine, (7_200, "fail"), (0, "fail"), (7_201, "fail"), (1, "fail")).ShouldBeEmpty();
        Feed(engine, (7_202, "fail")).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_record_counts_as_often_as_it_says()
    {
        var engine = Engine(Threshold);

        engine.Process(Record(0, "fail") with { Count = 2 }).ShouldBeEmpty();
        engine.Process(Record(0, "fail") with { Count = 10_000 }).Count.ShouldBe(1);
    }

    [Fact]
    public void A_sequence_is_its_steps_in_their_order()
    {
        Feed(Engine(Sequence), (0, "a"), (1, "a"), (2, "b"), (3, "c")).Count.ShouldBe(1);
        Feed(Engine(Sequence), (0, "a"), (1, "b"), (2, "a"), (3, "c")).ShouldBeEmpty();
        Feed(Engine(Sequence), (0, "c"), (1, "b"), (2, "a"), (3, "a")).ShouldBeEmpty();
    }

    [Fact]
    public void One_record_is_not_two_steps()
    {
        Feed(Engine(Sequence), (0, "a"), (1, "a"), (2, "c")).ShouldBeEmpty();
        Feed(Engine(Sequence), (0, "a"), (1, "a"), (2, "a"), (3, "c")).Count.ShouldBe(1);
    }

    [Fact]
    public void A_sequence_is_measured_from_the_latest_start_that_completes_it()
    {
        Feed(Engine(Sequence), (0, "a"), (1, "a"), (2, "b"), (62, "c")).ShouldBeEmpty();
        Feed(Engine(Sequence), (0, "a"), (50, "a"), (55, "a"), (58, "b"), (110, "c")).Count.ShouldBe(1);
        // The later failures push out the first ones, of which the chain that is complete consists.
        Feed(Engine(Sequence), (0, "a"), (1, "a"), (2, "b"), (10, "a"), (11, "a"), (12, "a"), (60, "c")).Count.ShouldBe(1);
    }

    [Fact]
    public void A_sum_is_taken_over_the_window_and_lets_go_of_what_is_older()
    {
        const string rule = """
            - { id: v, name: V, severity: high, message: x, type: aggregation, match: { action: get }, by: address, within: 60s, function: sum, field: bytes, threshold: 1 kB }
            """;
        var engine = Engine(rule);

        Sent(0, 600).ShouldBeEmpty();
        Sent(61, 399).ShouldBeEmpty();
        Sent(90, 500).ShouldBeEmpty();
        Sent(100, -10_000).ShouldBeEmpty();
        Sent(110, 200).Count.ShouldBe(1);
        engine = Engine(rule);
        Sent(0, long.MaxValue).Count.ShouldBe(1);
        engine.Process(Record(200, "get")).ShouldBeEmpty("a record without the field");

        IReadOnlyList<Detection> Sent(int second, long bytes) => engine.Process(Record(second, "get") with { Bytes = bytes });
    }

    [Fact]
    public void A_distinct_count_is_of_different_values_within_the_window()
    {
        var engine = Engine("""
            - { id: d, name: D, severity: high, message: x, type: aggregation, match: { action: get }, by: address, within: 60s, function: distinct, field: target, threshold: 3 }
            """);

        Got(0, "/a").ShouldBeEmpty();
        Got(1, "/b").ShouldBeEmpty();
        Got(2, "/B").ShouldBeEmpty();
        Got(61, "/c").ShouldBeEmpty("/a is too old");
        Got(62, "/d").Count.ShouldBe(1);

        IReadOnlyList<Detection> Got(int second, string target) => engine.Process(Record(second, "get") with { Target = target });
    }

    [Fact]
    public void The_number_of_windows_is_bounded_and_those_in_use_stay()
    {
        var engine = Engine(Threshold, maxWindows: 10);
        engine.Process(Record(0, "fail", address: "192.0.2.1")).ShouldBeEmpty();

        for (var i = 0; i < 1_000; i++)
        {
            engine.Process(Record(1, "fail", address: $"10.0.{i / 250}.{i % 250}")).ShouldBeEmpty();
            if (i == 500)
                engine.Process(Record(1, "fail", address: "192.0.2.1")).ShouldBeEmpty();
            engine.WindowCount.ShouldBeLessThanOrEqualTo(10);
        }

        engine = Engine(Threshold, maxWindows: 2);
        Feed(engine, (0, "fail"), (1, "fail")).ShouldBeEmpty();
        engine.Process(Record(1, "fail", address: "192.0.2.2"));
        Feed(engine, (2, "other"));
        engine.Process(Record(1, "fail", address: "192.0.2.2"));
        Feed(engine, (2, "fail")).Count.ShouldBe(1);
    }

    [Fact]
    public void Two_values_are_never_taken_for_another_two()
    {
        var engine = Engine("""
            - { id: k, name: K, severity: high, message: x, type: threshold, match: { action: a }, by: [user, host], within: 60s, count: 2 }
            """);

        engine.Process(Record(0, "a") with { User = "x1:y", Host = "z" }).ShouldBeEmpty();
        engine.Process(Record(0, "a") with { User = "x", Host = "y1:z" }).ShouldBeEmpty();
    }

    private static CorrelationEngine Engine(string rules, int maxWindows = 100) =>
        new(RuleFile.Parse("test", $"severities: [{{ severity: low, match: {{ action: x }} }}]\nrules:\n{rules}").Rules, maxWindows, maxRemembered: 1_000);

    private static DateTimeOffset At(double second) => Lines.Now.AddSeconds(second);

    private List<Detection> Feed(CorrelationEngine engine, params (int Second, string Action)[] records) =>
        [.. records.SelectMany(record => engine.Process(Record(record.Second, record.Action)))];

    private LogRecord Record(int second, string action, string? address = "192.0.2.1") =>
        new() { Id = $"{_ids++}", Time = At(second), Source = "s", Host = "h", User = "ann", Address = address, Action = action, Message = "m", Raw = "r" };
}
