namespace Curlew.Redis.Tests.Consumers;

/// <summary>A consumer that keeps what it processed, and does before whatever the test wants.</summary>
internal sealed class Recorder(Func<StreamEntry, CancellationToken, Task>? act = null) : IStreamConsumer
{
    // Protects the list.
    private readonly List<StreamEntry> _processed = [];

    public IReadOnlyList<StreamEntry> Processed
    {
        get
        {
            lock (_processed)
                return [.. _processed];
        }
    }

    /// <summary>The field <c>n</c> of what was processed, words apart.</summary>
    public string Numbers => string.Join(' ', Processed.Select(static entry => entry["n"]));

    public async ValueTask HandleAsync(StreamEntry entry, CancellationToken cancellationToken)
    {
        if (act is not null)
            await act(entry, cancellationToken);
        lock (_processed)
            _processed.Add(entry);
    }

    public async Task ProcessesAsync(string expected)
    {
        try
        {
            await Eventually.UntilAsync(() => Numbers == expected);
        }
        catch (TimeoutException)
        {
            Numbers.ShouldBe(expected);
        }
    }
}
