namespace Curlew.Client;

/// <summary>
/// How long to wait before the next attempt. The standard: the reconnection time, and "optionally, wait some more", in particular with an exponential
/// back-off where the attempt before failed.
/// </summary>
internal static class Backoff
{
    /// <summary>What a back-off grows from where the reconnection time is shorter: a server that is away is not asked without a pause.</summary>
    private static readonly TimeSpan LeastStep = TimeSpan.FromMilliseconds(250);

    /// <param name="reconnectionTime">What the server asked for, or the default.</param>
    /// <param name="failures">The failures in a row, at least 1.</param>
    /// <param name="longest">Where growth ends.</param>
    /// <param name="random">Where jitter comes from.</param>
    /// <returns>
    /// After the first failure the reconnection time and up to a fifth of it, so that the clients of a server that went away do not come back at once;
    /// then a time drawn evenly from the reconnection time up to its double, its fourfold, and so on.
    /// </returns>
    public static TimeSpan Next(TimeSpan reconnectionTime, int failures, TimeSpan longest, Random random)
    {
        var ceiling = failures > 1 ? Math.Min(longest.Ticks, Math.Max(reconnectionTime.Ticks, LeastStep.Ticks) * Math.Pow(2, failures - 1)) : 0;
        var spread = Math.Max(ceiling - reconnectionTime.Ticks, reconnectionTime.Ticks / 5);
        return reconnectionTime + new TimeSpan((long)(spread * random.NextDouble()));
    }
}
