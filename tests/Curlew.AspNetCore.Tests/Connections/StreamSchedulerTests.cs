namespace Curlew.AspNetCore.Tests.Connections;

public sealed class StreamSchedulerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public async Task EveryLoop_IsResumedOnceForEachWait(int processors)
    {
        const int turns = 200;
        var scheduler = new StreamScheduler(processors);
        Loop[] loops = [.. Enumerable.Range(0, 100).Select(_ => new Loop(scheduler))];

        Task[] running = [.. loops.Select((loop, i) => loop.RunAsync(turns, yields: i % 3 == 0))];
        await Eventually.UntilAsync(() =>
        {
            foreach (var loop in loops)
                loop.Wake();
            return running.All(static loop => loop.IsCompleted);
        });

        await Task.WhenAll(running);
        loops.ShouldAllBe(static loop => loop.Turns == turns);
        loops.ShouldAllBe(static loop => loop.MostAtOnce == 1);
    }

    [Fact]
    public async Task WhatIsLive_GoesOnWhileOthersCatchUp()
    {
        var scheduler = new StreamScheduler(processors: 2);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token);
        // Without end: nobody waits for a socket here.
        Task[] catchingUp = [.. Enumerable.Range(0, 50).Select(_ => new Loop(scheduler).YieldUntilAsync(stop.Token))];
        var live = new Loop(scheduler);
        var running = live.RunAsync(100, yields: false);

        await Eventually.UntilAsync(() =>
        {
            live.Wake();
            return running.IsCompleted;
        });

        catchingUp.ShouldAllBe(static loop => !loop.IsCompleted);
        await stop.CancelAsync();
        await Task.WhenAll(catchingUp).WaitAsync(Deadline.Token);
    }

    private sealed class Loop(StreamScheduler scheduler) : WakeSignal
    {
        private int _atOnce;

        public int Turns { get; private set; }

        public int MostAtOnce { get; private set; }

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

        public async Task YieldUntilAsync(CancellationToken cancellationToken)
        {
            while (!cancellationToken.IsCancellationRequested)
                await YieldAsync(isReplay: true);
        }

        protected override void ScheduleLive() => scheduler.ScheduleLive(this);

        protected override void ScheduleReplay() => scheduler.ScheduleReplay(this);
    }
}
