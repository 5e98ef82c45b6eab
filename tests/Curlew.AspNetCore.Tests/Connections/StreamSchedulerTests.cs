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
        SchedulerLoop[] loops = [.. Enumerable.Range(0, 100).Select(_ => new SchedulerLoop(scheduler))];

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
        Task[] catchingUp = [.. Enumerable.Range(0, 50).Select(_ => new SchedulerLoop(scheduler).ReplayUntilAsync(stop.Token))];
        var live = new SchedulerLoop(scheduler);
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

    [Fact]
    public async Task WhileSomethingLiveWaits_ItIsBusy_AndLetsOthersOnNowAndThen()
    {
        var scheduler = new StreamScheduler(processors: 2);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token);
        var admitted = 0;
        scheduler.AddYielding(count => Interlocked.Add(ref admitted, count));
        scheduler.IsBusy.ShouldBeFalse();

        // Always more than the threads take at once.
        Task[] live = [.. Enumerable.Range(0, 200).Select(_ => new SchedulerLoop(scheduler).StayLiveUntilAsync(stop.Token))];

        await Eventually.UntilAsync(() => Volatile.Read(ref admitted) > 10);
        scheduler.IsBusy.ShouldBeTrue();
        await stop.CancelAsync();
        await Task.WhenAll(live).WaitAsync(Deadline.Token);
    }

    [Fact]
    public async Task WhenNothingLiveWaitsAnyMore_OthersAreToldOnce()
    {
        var scheduler = new StreamScheduler(processors: 2);
        var told = new System.Collections.Concurrent.ConcurrentQueue<bool>();
        scheduler.AddYielding(_ => told.Enqueue(scheduler.IsBusy));
        var live = new SchedulerLoop(scheduler);
        var running = live.RunAsync(1, yields: false);

        live.Wake();

        await running.WaitAsync(Deadline.Token);
        await Eventually.UntilAsync(() => !told.IsEmpty);
        told.ShouldBe([false]);
    }
}
