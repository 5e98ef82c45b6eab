using System.Buffers;

namespace Curlew;

/// <summary>Makes an event of an item of a source. One for each stream; called by one thread at a time.</summary>
internal abstract class EventEncoder<TItem>
{
    /// <summary>Writes the item as one block, or throws and writes nothing.</summary>
    public abstract void Write(IBufferWriter<byte> output, TItem item);
}
