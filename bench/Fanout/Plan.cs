using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout;

/// <summary>What the command line asks for.</summary>
internal sealed record Plan
{
    /// <summary>Names of servers.</summary>
    public required IReadOnlyCollection<string> Servers { get; init; }

    /// <summary>Names of scenarios.</summary>
    public required IReadOnlyCollection<string> Scenarios { get; init; }

    public required int Rounds { get; init; }

    public required int Streams { get; init; }

    public required double Rate { get; init; }

    public required RunSettings Settings { get; init; }

    public bool IsSwept { get; init; }

    public IReadOnlyList<int> SweptStreams { get; init; } = [];

    /// <summary>Whether a server that is missing is an error.</summary>
    public bool RequiresAll { get; init; }

    /// <summary>Where the report goes.</summary>
    public required string Directory { get; init; }

    /// <summary>The command, for the report.</summary>
    public required string Command { get; init; }
}
