using System.Buffers;
using System.Net.ServerSentEvents;

namespace Curlew;

/// <summary>Writes events that come with a type, an id and a reconnection time.</summary>
internal sealed class SseItemEncoder<T>(ItemEncoder<T> data) : EventEncoder<SseItem<T>>
{
    public override void Write(IBufferWriter<byte> output, SseItem<T> item) =>
        data.WriteData(output, item.Data, item.EventType, item.EventId, item.ReconnectionInterval);
}
