using Curlew.Bench.Fanout.Linux;

namespace Curlew.Bench.Fanout.Runs;

/// <summary>How a run waits: not longer than it should, and not once something has failed.</summary>
/// <param name="failure">What has failed, as a sentence; null while nothing has.</param>
/// <param name="cancel">Ends it.</param>
internal sealed class RunWait(Func<string?> failure, CancellationToken cancel)
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Stillness = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <summary>Waits for a condition.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="otherwise">The sentence for not having come that far.</param>
    /// <param name="pause">How long between one look and the next.</param>
    /// <param name="patience">How long at most.</param>
    /// <exception cref="RunFailedException">It did not come, or something has failed.</exception>
    public void For(Func<bool> condition, Func<string> otherwise, TimeSpan? pause = null, TimeSpan? patience = null)
    {
        for (var deadline = Clock.Now + Clock.FromSeconds((patience ?? DefaultPatience).TotalSeconds); !condition();)
        {
            ThrowIfFailed();
            if (Clock.Now > deadline)
                throw new RunFailedException(otherwise());
            Sleep(pause ?? Pause);
        }
    }

    /// <summary>Waits for a task that ends by its own clock.</summary>
    public void ForEnd(Task task)
    {
        while (!task.IsCompleted)
        {
            ThrowIfFailed();
            Sleep(Pause);
        }

        ThrowIfFailed();
    }

    /// <summary>Waits until everything has come, or nothing has for a while.</summary>
    /// <param name="received">How many have come.</param>
    /// <param name="expected">How many there are.</param>
    public void ForAll(Func<long> received, Func<long> expected)
    {
        var last = -1L;
        for (var still = Clock.Now; received() < expected() && Clock.ToSeconds(Clock.Now - still) < Stillness.TotalSeconds;)
        {
            ThrowIfFailed();
            if (received() is var now && now != last)
                (last, still) = (now, Clock.Now);
            Sleep(Pause);
        }
    }

    /// <summary>Lets time pass.</summary>
    public void Sleep(TimeSpan time)
    {
        if (cancel.WaitHandle.WaitOne(time))
            cancel.ThrowIfCancellationRequested();
    }

    /// <summary>Throws if something has failed.</summary>
    public void ThrowIfFailed()
    {
        cancel.ThrowIfCancellationRequested();
        if (failure() is { } sentence)
            throw new RunFailedException(sentence);
    }
}
