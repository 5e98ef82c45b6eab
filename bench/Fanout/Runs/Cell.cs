namespace Curlew.Bench.Fanout.Runs;

/// <summary>What all rounds gave for one server in one scenario.</summary>
internal sealed class Cell
{
    public List<Sample> Samples { get; } = [];

    /// <summary>Why a round has no figures, by round.</summary>
    public List<string> Failures { get; } = [];
}
