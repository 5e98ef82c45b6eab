using System.Diagnostics.CodeAnalysis;

namespace Curlew;

/// <summary>Reads an asynchronous source. It allocates nothing for an event: the wait for a pending move is the loop's own.</summary>
[SuppressMessage("Reliability", "CA2012", Justification = "Held while it is pending, and its result taken once.")]
internal sealed class AsyncReader<TItem> : SourceReader
{
    private readonly SourceConnection _stream;
    private readonly IAsyncEnumerator<TItem> _source;
    private readonly EventEncoder<TItem> _encoder;
    private readonly Action _moved;
    private ValueTask<bool> _move;
    private bool _isMoving;
    // Set where the source has to be ended while it moves; read by the thread that ends the move.
    private TaskCompletionSource? _settled;

    public AsyncReader(SourceConnection stream, IAsyncEnumerable<TItem> source, EventEncoder<TItem> encoder)
    {
        _stream = stream;
        _encoder = encoder;
        _moved = OnMoved;
        _source = source.GetAsyncEnumerator(stream.Token);
    }

    public override SourceState Read()
    {
        if (_isMoving && !_move.IsCompleted)
            return SourceState.Idle;
        do
        {
            if (!_isMoving)
            {
                _move = _source.MoveNextAsync();
                if (!_move.IsCompleted)
                {
                    _isMoving = true;
                    // The only continuation that it ever gets: some sources take no second one.
                    _move.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_moved);
                    return SourceState.Idle;
                }
            }

            _isMoving = false;
            if (!_move.GetAwaiter().GetResult())
                return SourceState.Ended;
            _encoder.Write(_stream.Body, _source.Current);
        }
        while (_stream.HasRoomAfter(events: 1));
        return SourceState.More;
    }

    public override async Task EndAsync()
    {
        try
        {
            if (_isMoving)
            {
                // An iterator cannot be disposed while it moves.
                await MoveEndsAsync().ConfigureAwait(false);
                _ = _move.GetAwaiter().GetResult();
            }
        }
        finally
        {
            await _source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task MoveEndsAsync()
    {
        // Again where it was the thread of an earlier move, which comes late: it wakes the loop first, and the loop may be here before it goes on.
        while (!_move.IsCompleted)
        {
            var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            // A full fence, here and in OnMoved: one of the two sees what the other has written.
            _ = Interlocked.Exchange(ref _settled, settled);
            if (!_move.IsCompleted)
                await settled.Task.ConfigureAwait(false);
        }
    }

    private void OnMoved()
    {
        _stream.Wake();
        Interlocked.MemoryBarrier();
        _settled?.TrySetResult();
    }
}
