using System.Globalization;

namespace Curlew.Bench.Fanout.Runs;

/// <summary>The scenarios, as many streams and events as the plan says.</summary>
internal static class Scenarios
{
    public const int DefaultStreams = 1_000;
    public const int DefaultRate = 50;

    // A stream may name a hundred topics; nchan, too, takes no more than 255.
    private const int ManyTopics = 100;
    private const int ManyFilters = 10;
    private const int SweptDeliveriesPerSecond = 20_000;

    /// <summary>All of them.</summary>
    /// <param name="streams">The streams of the paced run, of which the others take theirs.</param>
    /// <param name="rate">Its events a second.</param>
    public static IReadOnlyList<Scenario> All(int streams, double rate)
    {
        var smallGroups = Math.Max(1, streams / 10);
        var largeGroups = Math.Max(1, streams / 100);
        var paced = new Scenario { Name = "paced", Summary = "", Streams = streams, Rate = rate };
        Scenario[] all =
        [
            paced,
            paced with { Name = "publishers", Publishers = 4 },
            paced with { Name = "saturated", Rate = null, Publishers = 8 },
            paced with { Name = "wide", Streams = 9 * streams, Rate = 2, MeasuresIdle = true },
            paced with { Name = "topics-few", Rate = 20 * rate, Groups = smallGroups },
            paced with { Name = "topics-many", Rate = 20 * rate, Groups = smallGroups, TopicsPerStream = ManyTopics },
            paced with { Name = "filters-few", Rate = 4 * rate, Groups = largeGroups, Shape = TopicShape.SharedWildcard },
            paced with { Name = "filters-many", Rate = 4 * rate, Groups = largeGroups, TopicsPerStream = ManyFilters, Shape = TopicShape.DistinctWildcards },
            paced with { Name = "selective", Rate = 20 * rate, Groups = Math.Min(100, streams), Shape = TopicShape.SharedWildcard },
            paced with { Name = "replay", Resumers = 2 * streams, History = streams },
            paced with { Name = "large", Rate = rate / 10, DataLength = 64 * 1024 },
            paced with { Name = "stalled", DataLength = 2_000, StalledPart = 0.1 },
        ];
        return [.. all.Select(static scenario => scenario with { Summary = Summarize(scenario) })];
    }

    /// <summary>The pair of runs that a plot against the number of streams has for each number: the most it delivers, and its cost at equal deliveries a second.</summary>
    public static IReadOnlyList<Scenario> Sweep(IEnumerable<int> streams) =>
        [.. streams.SelectMany(static count => new Scenario[]
        {
            new() { Name = $"sweep-saturated-{count}", Summary = "", Streams = count, Rate = null, Publishers = 8 },
            new() { Name = $"sweep-paced-{count}", Summary = "", Streams = count, Rate = SweptDeliveriesPerSecond / (double)count },
        })];

    private static string Summarize(Scenario scenario)
    {
        var rate = scenario.Rate is { } perSecond
            ? string.Create(CultureInfo.InvariantCulture, $"{perSecond:#,0.##} events a second")
            : "as fast as the streams take them";
        var load = string.Create(CultureInfo.InvariantCulture, $"{scenario.Streams:#,0} streams, {rate}, {scenario.DataLength:#,0} bytes");
        return scenario.Name switch
        {
            "paced" => $"{load}, one topic, one publisher",
            "publishers" => $"{load}, one topic, {scenario.Publishers} publishers that share the rate",
            "saturated" => $"{load}, one topic, {scenario.Publishers} publishers, at most {PublishLoop.Window} events on their way",
            "wide" => $"{load}; before that idle for a round of keep-alives",
            "topics-few" => $"{load}, {scenario.Topics:#,0} topics, each event to {scenario.ReadersOf(0)} streams",
            "topics-many" => $"{load}, {scenario.Topics:#,0} topics, {scenario.TopicsPerStream} for each stream, each event to {scenario.ReadersOf(0)} streams",
            "filters-few" => $"{load}, {scenario.Groups:#,0} wildcards, each event to {scenario.ReadersOf(0)} streams",
            "filters-many" => $"{load}, {scenario.Streams * scenario.TopicsPerStream:#,0} wildcards of which no two are the same, each event to {scenario.ReadersOf(0)} streams",
            "selective" => $"{load}; the wildcard of a stream matches one event in {scenario.Groups}",
            "replay" => $"{load}; meanwhile {scenario.Resumers:#,0} clients resume at once, {scenario.History:#,0} events each. Latency is that of the others while the last one has not caught up",
            "stalled" => $"{load}; a tenth of the streams never reads",
            _ => load,
        };
    }
}
