using System.Globalization;
using Curlew.Protocol;

namespace Curlew.Micro;

/// <summary>Events as the engine has them, of 200 bytes with a type.</summary>
internal static class Frames
{
    public static NewEvent Event(string topic) => new([topic], Enumerable.Repeat((byte)'x', 200).ToArray(), "reading");

    /// <summary>A frame that has yet to be sealed, which a benchmark may do again and again: what it costs to make one is measured for itself.</summary>
    public static Frame Of(string topic) => Frame.Prepare(Event(topic));

    public static string Topic(int number) => string.Create(CultureInfo.InvariantCulture, $"rooms/{number}/readings");

    /// <summary>The n-th id after the present, at a thousand a second.</summary>
    public static EventId Id(long number) => new(1_764_892_800_000 + (ulong)number, 0);
}
