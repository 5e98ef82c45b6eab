using System.Text;
using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>The entries of a stream that others write, as <see cref="RedisStreamOptions"/> describes them.</summary>
internal sealed class ForeignEntryFormat(RedisStreamOptions options) : EntryFormat
{
    private readonly byte[] _dataField = Encoding.UTF8.GetBytes(options.DataField);
    private readonly byte[]? _typeField = options.TypeField is null ? null : Encoding.UTF8.GetBytes(options.TypeField);
    private readonly byte[]? _topicField = options.TopicField is null ? null : Encoding.UTF8.GetBytes(options.TopicField);

    public override Frame Read(EventId id, StreamReplyEntry entry)
    {
        string[]? topics = null;
        var type = options.Type;
        ReadOnlySpan<byte> data = default;
        var hasData = false;
        while (entry.TryReadField(out var name, out var value))
        {
            // One field may serve as several.
            if (name.SequenceEqual(_dataField))
            {
                data = value;
                hasData = true;
            }

            if (_typeField is not null && name.SequenceEqual(_typeField))
                type = Text("type", value);
            if (_topicField is not null && name.SequenceEqual(_topicField))
                topics = Topics(topics, value);
        }

        if (!hasData && options.SkipWithoutData)
            throw new InvalidEventException("data", $"it has no field '{options.DataField}'");
        return Make(id, topics, hasData ? data : "{}"u8, type);
    }
}
