namespace Curlew.Bench.Cluster;

/// <summary>What the command line asks for.</summary>
internal sealed record Plan
{
    public const int DefaultClients = 2_000;
    public const int DefaultTopics = 100;
    public const int DefaultRate = 1_000;
    public const int DefaultSeconds = 10;
    public const int DefaultFewClients = 50;
    public const int DefaultManyClients = 5_000;
    public const int DefaultFigureRate = 100;

    /// <summary>Clients that are spread over the two processes.</summary>
    public int Clients { get; init; } = DefaultClients;

    /// <summary>Topics, of which each client has one.</summary>
    public int Topics { get; init; } = DefaultTopics;

    /// <summary>Events a second, over all topics.</summary>
    public double Rate { get; init; } = DefaultRate;

    /// <summary>How long events are published, or Redis is watched.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(DefaultSeconds);

    /// <summary>Whether what Redis has to do is counted, instead of a process killed.</summary>
    public bool CountsRedis { get; init; }

    /// <summary>The numbers of clients that it is counted for, each on one process.</summary>
    public IReadOnlyList<int> CountedClients { get; init; } = [DefaultFewClients, DefaultManyClients];

    /// <summary>The events a second that flow while it is counted.</summary>
    public double CountedRate { get; init; } = DefaultFigureRate;
}
