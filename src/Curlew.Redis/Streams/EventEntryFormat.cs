using System.Globalization;
using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>
/// The entries that hubs write: <c>topic</c> (one a line), <c>type</c>, <c>data</c>, <c>retry</c> (milliseconds), <c>time</c> (ISO 8601). Only
/// <c>data</c> must be there; fields of other names are passed over.
/// </summary>
internal sealed class EventEntryFormat : EntryFormat
{
    /// <summary>Writes an event's fields and values as arguments, their number before them.</summary>
    public static void Write(RespCommand command, NewEvent e)
    {
        command.Add(4 + (e.Type is null ? 0 : 2) + (e.Retry is null ? 0 : 2) + (e.OccurredAt is null ? 0 : 2));
        command.Add("topic"u8).Add(e.Topics.Count == 1 ? e.Topics[0] : string.Join('\n', e.Topics));
        if (e.Type is not null)
            command.Add("type"u8).Add(e.Type);
        command.Add("data"u8).Add(e.Data.Span);
        if (e.Retry is { } retry)
            command.Add("retry"u8).Add((long)retry.TotalMilliseconds);
        if (e.OccurredAt is { } time)
            command.Add("time"u8).Add(time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
    }

    public override Frame Read(EventId id, StreamReplyEntry entry)
    {
        string[]? topics = null;
        string? type = null;
        TimeSpan? retry = null;
        DateTimeOffset? time = null;
        ReadOnlySpan<byte> data = default;
        var hasData = false;
        while (entry.TryReadField(out var name, out var value))
        {
            if (name.SequenceEqual("topic"u8))
            {
                topics = Topics(topics, value);
            }
            else if (name.SequenceEqual("type"u8))
            {
                type = Text("type", value);
            }
            else if (name.SequenceEqual("data"u8))
            {
                data = value;
                hasData = true;
            }
            else if (name.SequenceEqual("retry"u8))
            {
                retry = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                    ? TimeSpan.FromMilliseconds(milliseconds)
                    : throw new InvalidEventException("retry", "its retry is no number of milliseconds");
            }
            else if (name.SequenceEqual("time"u8))
            {
                time = DateTimeOffset.TryParse(Text("time", value), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
                    ? at
                    : throw new InvalidEventException("time", "its time is not in ISO 8601");
            }
        }

        return hasData ? Make(id, topics, data, type, retry, time) : throw new InvalidEventException("data", "it has no field 'data'");
    }
}
