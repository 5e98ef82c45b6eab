using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;

namespace Curlew;

/// <summary>
/// Reads what a producer hands over, which runs beside the stream's loop: a delegate that sends, or a thread of its own for a source that blocks. Between
/// them is a pipe of encoded blocks, bounded in bytes, so the producer goes at the speed of the client and a little ahead.
/// </summary>
[SuppressMessage("Reliability", "CA2012", Justification = "Held while it is pending, and its result taken once.")]
internal sealed class PushReader : SourceReader
{
    private static readonly PipeOptions HandOver = new(
        pauseWriterThreshold: SourceConnection.BytesPerWrite,
        resumeWriterThreshold: SourceConnection.BytesPerWrite / 2,
        // The loop is only woken, which may happen on the producer's thread; the producer goes on in the thread pool.
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.ThreadPool,
        useSynchronizationContext: false);

    private readonly SourceConnection _stream;
    private readonly Pipe _pipe = new(HandOver);
    private readonly EventStreamWriter _writer;
    private readonly Action _wake;
    private readonly Task _producing;
    private ValueTask<ReadResult> _read;
    private bool _isReading;
    // Written before the pipe is completed, read after.
    private Exception? _failure;

    public PushReader(SourceConnection stream, Func<EventStreamWriter, CancellationToken, Task> produce)
    {
        _stream = stream;
        _wake = stream.Wake;
        _writer = new(_pipe.Writer, stream.Json, stream.LastEventId, stream.Token);
        // In the pool: what a producer does before it first awaits must not hold up keep-alives.
        _producing = Task.Run(() => ProduceAsync(produce), CancellationToken.None);
    }

    public override SourceState Read()
    {
        if (_isReading && !_read.IsCompleted)
            return SourceState.Idle;
        do
        {
            if (!_isReading)
            {
                _read = _pipe.Reader.ReadAsync(CancellationToken.None);
                if (!_read.IsCompleted)
                {
                    _isReading = true;
                    _read.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_wake);
                    return SourceState.Idle;
                }
            }

            _isReading = false;
            if (Take(_read.GetAwaiter().GetResult()))
                return SourceState.Ended;
        }
        while (_stream.HasRoomAfter(_writer.TakeCount()));
        return SourceState.More;
    }

    public override async Task EndAsync()
    {
        // The producer's sends end with a cancellation from here on.
        await _pipe.Reader.CompleteAsync().ConfigureAwait(false);
        await _producing.ConfigureAwait(false);
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    private bool Take(ReadResult result)
    {
        foreach (var bytes in result.Buffer)
            _stream.Body.Write(bytes.Span);
        _pipe.Reader.AdvanceTo(result.Buffer.End);
        if (!result.IsCompleted)
            return false;
        _stream.HasRoomAfter(_writer.TakeCount());
        if (_failure is not { } failure)
            return true;
        _failure = null;
        ExceptionDispatchInfo.Throw(failure);
        return true;
    }

    private async Task ProduceAsync(Func<EventStreamWriter, CancellationToken, Task> produce)
    {
        try
        {
            await produce(_writer, _stream.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _failure = e;
        }
        finally
        {
            await _writer.EndAsync().ConfigureAwait(false);
        }
    }
}
