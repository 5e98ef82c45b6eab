using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Load;

namespace Curlew.Bench.Fanout.Runs;

/// <summary>The publishers of a run, each on a thread of its own, and when they end. Started and ended by one thread. Disposing closes their connections.</summary>
/// <param name="loops">The publishers.</param>
/// <param name="rate">Their events a second, all together; null: as fast as the streams take them.</param>
/// <param name="cancel">Ends them.</param>
internal sealed class Publishers(IReadOnlyList<PublishLoop> loops, double? rate, CancellationToken cancel) : IDisposable
{
    private volatile string? _failure;

    // Read by the publishers' threads, moved by the run's.
    private long _until;

    /// <summary>Why they cannot go on; null while they can.</summary>
    public string? Failure => _failure;

    /// <summary>The one that publishes what is not paced.</summary>
    public PublishLoop First => loops[0];

    /// <summary>How many go on at another server.</summary>
    public int Moved => loops.Count(static loop => loop.HasMoved);

    /// <summary>When they end.</summary>
    public long Until
    {
        get => Volatile.Read(ref _until);
        set => Volatile.Write(ref _until, value);
    }

    /// <summary>Begins to publish.</summary>
    /// <param name="phase">What the events are for.</param>
    /// <param name="duration">How long, if <see cref="Until"/> is not moved.</param>
    /// <param name="outstanding">How many deliveries are outstanding.</param>
    /// <returns>A task that ends with the last of them.</returns>
    public Task Start(Phase phase, TimeSpan duration, Func<long> outstanding)
    {
        var from = Clock.Now;
        Until = from + Clock.FromSeconds(duration.TotalSeconds);
        return Task.WhenAll(loops.Select(loop => Task.Factory.StartNew(
            () =>
            {
                try
                {
                    if (rate is { } perSecond)
                        loop.RunPaced(phase, from, () => Until, perSecond, cancel);
                    else
                        loop.RunSaturated(phase, () => Until, outstanding, cancel);
                }
                catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
                {
                    _failure = e.Message;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
    }

    public void Dispose()
    {
        foreach (var loop in loops)
            loop.Dispose();
    }
}
