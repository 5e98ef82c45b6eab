using System.Text;
using System.Text.Unicode;
using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>How the entries of a stream are events. Immutable. Others write to streams, so an entry may be anything.</summary>
internal abstract class EntryFormat
{
    private static readonly string[] NoTopics = [];

    /// <summary>Reads an entry.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="entry">Its fields.</param>
    /// <returns>The event.</returns>
    /// <exception cref="InvalidEventException">It cannot be an event.</exception>
    public abstract Frame Read(EventId id, StreamReplyEntry entry);

    protected static string Text(string field, ReadOnlySpan<byte> value) =>
        Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : throw new InvalidEventException(field, $"its {field} is not well-formed UTF-8");

    /// <summary>One topic a line; the field may also be there several times.</summary>
    protected static string[] Topics(string[]? sofar, ReadOnlySpan<byte> value)
    {
        var topics = Text("topic", value).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return sofar is null ? topics : [.. sofar, .. topics];
    }

    protected static Frame Make(EventId id, string[]? topics, ReadOnlySpan<byte> data, string? type, TimeSpan? retry = null, DateTimeOffset? time = null) =>
        new(id, topics ?? NoTopics, data, type, retry, time);
}
