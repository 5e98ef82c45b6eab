namespace Curlew.Bench.Fanout.Load;

/// <summary>
/// What one stream has received of the tracks it must receive, each from its number 0 without a hole. Single-threaded.
/// </summary>
/// <param name="first">The first of its tracks.</param>
/// <param name="count">How many, one after the other.</param>
internal sealed class SequenceCheck(int first, int count)
{
    private readonly int[] _next = new int[count];

    /// <summary>The first of its tracks.</summary>
    public int First => first;

    /// <summary>How many they are.</summary>
    public int Count => count;

    /// <summary>Events that came.</summary>
    public long Received { get; private set; }

    /// <summary>Events that did not come before a later one of their track did.</summary>
    public long Lost { get; private set; }

    /// <summary>Events that came after a later one of their track, or again.</summary>
    public long Disordered { get; private set; }

    /// <summary>Events of tracks that the stream did not ask for.</summary>
    public long Foreign { get; private set; }

    /// <summary>How far a track has been received: the number after the newest.</summary>
    public int Next(int track) => _next[track - first];

    /// <summary>How far all its tracks together have been received.</summary>
    public long Progress => _next.Sum(static next => (long)next);

    /// <summary>Takes an event as it comes.</summary>
    public void Accept(int track, int number)
    {
        Received++;
        if ((uint)(track - first) >= (uint)_next.Length)
        {
            Foreign++;
            return;
        }

        ref var next = ref _next[track - first];
        if (number < next)
        {
            Disordered++;
            return;
        }

        Lost += number - next;
        next = number + 1;
    }

    /// <summary>Counts as lost what did not come by the end.</summary>
    /// <param name="published">How many were published, by track.</param>
    public void Finish(ReadOnlySpan<int> published)
    {
        for (var i = 0; i < _next.Length; i++)
        {
            Lost += Math.Max(0, published[first + i] - _next[i]);
            _next[i] = published[first + i];
        }
    }
}
