using BenchmarkDotNet.Attributes;
using Curlew.Protocol;

namespace Curlew.Micro;

/// <summary>
/// What the window costs that a hub keeps its newest events in, here 10,000 of them on 100 topics: an event more, with the oldest trimmed; and a batch of a
/// replay, of one topic and of a pattern that matches one topic, from the middle of the window.
/// </summary>
public class WindowOfEvents
{
    private const int Kept = 10_000;
    private const int Topics = 100;
    private const int Scan = 1024;

    private readonly FrameBatch _batch = new();
    private readonly Window _window = new(Frames.Id(0));
    private readonly Interest _topic = new([TopicFilter.Literal(Frames.Topic(7))]);
    private readonly Interest _pattern = new([TopicFilter.Parse("*/7/readings")]);
    // Twice as many as are kept, so that a frame has left the window long before it is another event.
    private readonly Frame[] _frames = [.. Enumerable.Range(0, 2 * Kept).Select(static number => Frames.Of(Frames.Topic(number % Topics)))];
    private long _number;

    [GlobalSetup]
    public void Fill()
    {
        while (_number < 2 * Kept)
            Append();
        if (_window.Count != Kept || ReadTopic() != Kept / 2 / Topics || ReadPattern() == 0)
            throw new InvalidOperationException("The window has other events.");
    }

    [Benchmark]
    public void Append()
    {
        var frame = _frames[++_number % _frames.Length];
        frame.Seal(Frames.Id(_number), withId: true);
        _window.Append(frame);
        if (_number > Kept)
            _window.TrimThrough(Frames.Id(_number - Kept));
    }

    /// <returns>The events that were read: 50.</returns>
    [Benchmark]
    public int ReadTopic() => Read(_topic);

    /// <returns>The events that were read: 10 or 11, of the 1,024 that a read looks at.</returns>
    [Benchmark]
    public int ReadPattern() => Read(_pattern);

    [Benchmark]
    public bool IsKnown() => _window.IsKnown(Middle());

    private int Read(Interest interest)
    {
        _window.Read(interest, Middle(), _batch, Scan);
        var count = _batch.Count;
        _batch.Clear();
        return count;
    }

    private EventId Middle() => Frames.Id(_number - (Kept / 2));
}
