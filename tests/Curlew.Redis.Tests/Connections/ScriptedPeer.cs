using System.IO.Pipelines;
using System.Text;

namespace Curlew.Redis.Tests.Connections;

/// <summary>The other end of a connection, in memory: a test reads what was sent and answers byte by byte.</summary>
internal sealed class ScriptedPeer
{
    private readonly Pipe _toPeer = new(new(pauseWriterThreshold: 1024, resumeWriterThreshold: 512));
    private readonly Pipe _toClient = new();
    private readonly StringBuilder _received = new();

    public ScriptedPeer() => Stream = new DuplexStream(_toClient.Reader.AsStream(), _toPeer.Writer.AsStream());

    /// <summary>The client's end. It takes about a thousand bytes before the peer reads.</summary>
    public Stream Stream { get; }

    public async Task SayAsync(string text) => await _toClient.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    public void HangUp() => _toClient.Writer.Complete();

    /// <summary>Reads on until what came in all ends with a text.</summary>
    public async Task HearAsync(string end)
    {
        while (!_received.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var result = await _toPeer.Reader.ReadAsync(Deadline.Token);
            foreach (var segment in result.Buffer)
                _received.Append(Encoding.UTF8.GetString(segment.Span));
            _toPeer.Reader.AdvanceTo(result.Buffer.End);
        }
    }

    private sealed class DuplexStream(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            input.Dispose();
            output.Dispose();
            base.Dispose(disposing);
        }
    }
}
