namespace Curlew.AspNetCore.Tests.Connections;

/// <summary>What a scheduler runs, without a stream.</summary>
internal sealed class SchedulerLoop(StreamScheduler scheduler) : WakeSignal
{
    private int _atOnce;

    public int Turns { get; private set; }

    public int MostAtOnce { get; private set; }

    public async Task StayLiveUntilAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
            await YieldAsync(isReplay: false);
    }

    public async Task RunAsync(int turns, bool yields)
    {
        for (var i = 0; i < turns; i++)
        {
            if (yields)
                await YieldAsync(isReplay: true);
            else
                await WaitAsync();
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _atOnce));
            Turns++;
            Interlocked.Decrement(ref _atOnce);
        }
    }

    public async Task ReplayUntilAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
            await YieldAsync(isReplay: true);
    }

    protected override void ScheduleLive() => scheduler.ScheduleLive(this);

    protected override void ScheduleReplay() => scheduler.ScheduleReplay(this);
}
