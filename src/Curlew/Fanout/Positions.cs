namespace Curlew;

/// <summary>The numbers of a topic's frames in the window, ascending: a queue with random access. Guarded by the hub's order lock.</summary>
internal sealed class Positions(string topic)
{
    private long[] _numbers = new long[2];
    private int _head;

    /// <summary>The topic's text, of which every frame of the topic then shares one copy.</summary>
    public string Topic { get; } = topic;

    public int Count { get; private set; }

    public long this[int index] => _numbers[(_head + index) & (_numbers.Length - 1)];

    public void Add(long number)
    {
        if (Count == _numbers.Length)
        {
            var larger = new long[Count * 2];
            for (var i = 0; i < Count; i++)
                larger[i] = this[i];
            _numbers = larger;
            _head = 0;
        }

        _numbers[(_head + Count++) & (_numbers.Length - 1)] = number;
    }

    public void RemoveFirst()
    {
        _head = (_head + 1) & (_numbers.Length - 1);
        Count--;
    }

    /// <summary>The index of the first number that is at least this one; <see cref="Count"/> where there is none.</summary>
    public int IndexOfFirstFrom(long number)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle] < number)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
