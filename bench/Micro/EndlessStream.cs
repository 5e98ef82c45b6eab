using System.Globalization;
using System.Text;

namespace Curlew.Micro;

/// <summary>Some events, over and over, in reads of a given size.</summary>
internal sealed class EndlessStream(byte[] events, int chunk) : Stream
{
    // No two in a row have the same id, which a parser might notice.
    private const int DifferentEvents = 64;

    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static EndlessStream Of(EventShape shape)
    {
        var text = new StringBuilder();
        for (var i = 0; i < DifferentEvents; i++)
            text.Append(CultureInfo.InvariantCulture, $"{Block(shape, i)}\n");
        if (shape == EventShape.TypicalCrLf)
            text.Replace("\n", "\r\n");
        return new(Encoding.UTF8.GetBytes(text.ToString()), shape == EventShape.TypicalChunked ? 100 : int.MaxValue);
    }

    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(Math.Min(buffer.Length, chunk), events.Length - _position);
        events.AsSpan(_position, count).CopyTo(buffer);
        _position = (_position + count) % events.Length;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static string Block(EventShape shape, int number) => shape switch
    {
        EventShape.Small => $"data: {new string('x', 20)}\n",
        EventShape.MultiLine => string.Concat(Enumerable.Repeat($"data: {new string('x', 50)}\n", 20)),
        EventShape.Large => $"data: {new string('x', 16_000)}\n",
        _ => string.Create(CultureInfo.InvariantCulture, $"id: {1_764_892_800_000 + number}-0\nevent: reading\ndata: {new string('x', 200)}\n"),
    };
}
