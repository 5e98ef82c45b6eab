namespace Curlew;

/// <summary>Reads a source whose items are all there, such as a list.</summary>
internal sealed class CollectionReader<TItem>(SourceConnection stream, IEnumerable<TItem> source, EventEncoder<TItem> encoder) : SourceReader
{
    private readonly IEnumerator<TItem> _source = source.GetEnumerator();

    public override SourceState Read()
    {
        do
        {
            if (!_source.MoveNext())
                return SourceState.Ended;
            encoder.Write(stream.Body, _source.Current);
        }
        while (stream.HasRoomAfter(events: 1));
        return SourceState.More;
    }

    public override Task EndAsync()
    {
        _source.Dispose();
        return Task.CompletedTask;
    }
}
