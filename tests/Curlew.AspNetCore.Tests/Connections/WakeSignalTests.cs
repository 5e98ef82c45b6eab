namespace Curlew.AspNetCore.Tests.Connections;

public sealed class WakeSignalTests
{
    [Fact]
    public async Task A_wait_ends_when_it_is_woken()
    {
        var signal = new Signal();
        var wait = signal.Wait().AsTask();
        wait.IsCompleted.ShouldBeFalse();
        signal.Wake();
        await wait.WaitAsync(Deadline.Token);
    }

    [Fact]
    public async Task A_wake_while_nobody_waits_is_kept_and_several_count_as_one()
    {
        var signal = new Signal();
        signal.Wake();
        signal.Wake();
        await signal.Wait();
        var wait = signal.Wait().AsTask();
        wait.IsCompleted.ShouldBeFalse();
        signal.Wake();
        signal.Wake();
        await wait.WaitAsync(Deadline.Token);
        signal.Wait().AsTask().IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_set_before_a_wake_is_seen_after_a_wait_however_close_two_wakes_are()
    {
        const int rounds = 200_000;
        var signal = new Signal();
        var (first, second) = (0, 0);
        var cancel = Deadline.Token;
        var consumer = Task.Run(
            async () =>
            {
                // Ends only if no wake is lost: each number is looked at once after each wait.
                while (Volatile.Read(ref first) < rounds || Volatile.Read(ref second) < rounds)
                    await signal.Wait();
            },
            cancel);
        Task[] producers = [Task.Run(() => Produce(ref first), cancel), Task.Run(() => Produce(ref second), cancel)];
        await Task.WhenAll(producers);
        await consumer.WaitAsync(cancel);

        void Produce(ref int number)
        {
            for (var i = 1; i <= rounds; i++)
            {
                Volatile.Write(ref number, i);
                signal.Wake();
            }
        }
    }

    private sealed class Signal : WakeSignal
    {
        public ValueTask Wait() => WaitAsync();
    }
}
