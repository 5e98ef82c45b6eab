namespace Curlew.Bench.Fanout.Runs;

/// <summary>
/// A load. Its streams are dealt into groups; all streams of a group want the same topics, and no two groups share one. So each event goes to as many
/// streams as a group has.
/// </summary>
internal sealed record Scenario
{
    // More than 100 streams of one topic would need more distinct wildcards than seven segments give.
    private const int WildcardSegments = 7;
    private const int MostDistinctWildcards = (1 << WildcardSegments) - 1;

    /// <summary>What it is called on the command line and in the table.</summary>
    public required string Name { get; init; }

    /// <summary>A sentence for the report.</summary>
    public required string Summary { get; init; }

    /// <summary>The streams that are open all the time.</summary>
    public required int Streams { get; init; }

    /// <summary>Events a second, of all publishers together; null: as fast as the streams take them.</summary>
    public required double? Rate { get; init; }

    /// <summary>Connections that publish, each on its own thread, each waiting for an answer before its next event.</summary>
    public int Publishers { get; init; } = 1;

    /// <summary>The length of an event's data in bytes.</summary>
    public int DataLength { get; init; } = 200;

    public int Groups { get; init; } = 1;

    public int TopicsPerStream { get; init; } = 1;

    public TopicShape Shape { get; init; }

    /// <summary>The part of the streams, from 0 to 1, that never reads.</summary>
    public double StalledPart { get; init; }

    /// <summary>Whether memory per idle stream is measured before anything is published.</summary>
    public bool MeasuresIdle { get; init; }

    /// <summary>Clients that come back all at once while the others go on.</summary>
    public int Resumers { get; init; }

    /// <summary>The events that each of them has missed.</summary>
    public int History { get; init; }

    public int Topics => Groups * TopicsPerStream;

    /// <summary>One track for each publisher and topic, then one for the history.</summary>
    public int Tracks => (Topics * Publishers) + (Resumers > 0 ? 1 : 0);

    public int HistoryTrack => Topics * Publishers;

    /// <summary>The most sockets it opens, publishers apart.</summary>
    public int Sockets => Streams + Resumers;

    public bool IsStalled(int stream) => Math.Floor((stream + 1) * StalledPart) > Math.Floor(stream * StalledPart);

    public int FirstTopicOf(int stream) => stream % Groups * TopicsPerStream;

    /// <summary>How many streams read what is published to a topic.</summary>
    public int ReadersOf(int topic)
    {
        var group = topic / TopicsPerStream;
        var readers = 0;
        for (var stream = group; stream < Streams; stream += Groups)
            readers += IsStalled(stream) ? 0 : 1;
        return readers;
    }

    public string Topic(int topic) => Shape switch
    {
        TopicShape.Exact => $"t{topic}",
        TopicShape.SharedWildcard => $"s/{topic}/x",
        _ => $"f/{topic}{string.Concat(Enumerable.Repeat("/x", WildcardSegments))}",
    };

    /// <summary>What a stream asks for.</summary>
    public IReadOnlyList<string> FiltersOf(int stream) =>
        [.. Enumerable.Range(FirstTopicOf(stream), TopicsPerStream).Select(topic => Shape switch
        {
            TopicShape.Exact => Topic(topic),
            TopicShape.SharedWildcard => $"s/{topic}/*",
            _ => $"f/{topic}{Masked(1 + (stream / Groups % MostDistinctWildcards))}",
        })];

    // Each set of segments that is left open makes another filter, and all of them match the same topic.
    private static string Masked(int open) =>
        string.Concat(Enumerable.Range(0, WildcardSegments).Select(segment => (open >> segment & 1) == 1 ? "/*" : "/x"));
}
