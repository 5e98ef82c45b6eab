using Curlew.Protocol;

namespace Curlew.Tests;

/// <summary>What a client reads from the bytes of one block.</summary>
internal sealed record ParsedFrame(string Id, string Type, string Data, TimeSpan? Retry)
{
    public static ParsedFrame Of(Frame frame) => Of(frame.Bytes.Span);

    public static ParsedFrame Of(ReadOnlySpan<byte> bytes)
    {
        var parser = new EventStreamParser();
        parser.TryRead(ref bytes, out var item).ShouldBeTrue("the block is not ended");
        item.Kind.ShouldBe(EventStreamItemKind.Event);
        var parsed = new ParsedFrame(item.LastEventId, item.Type, item.GetData(), parser.ReconnectionTime);
        bytes.IsEmpty.ShouldBeTrue("something follows the block");
        return parsed;
    }
}
