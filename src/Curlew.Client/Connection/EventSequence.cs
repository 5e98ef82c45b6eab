using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Curlew.Client;

/// <summary>
/// What a reader of a source gets, each reading with a session of its own. It is no iterator method, because what lies in one read of the network is
/// handed out by plain calls: only a read makes a state machine.
/// </summary>
internal abstract class EventSequence<T>(EventSource source, CancellationToken cancel) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) => new Reader(this, source, cancel, cancellationToken);

    protected abstract bool TryRead(EventSourceSession session, out T current);

    private sealed class Reader : IAsyncEnumerator<T>
    {
        private readonly EventSequence<T> _sequence;
        private readonly EventSource _source;
        private readonly CancellationToken _cancel;
        private readonly CancellationTokenSource? _linked;
        private EventSourceSession? _session;
        private T _current = default!;
        private bool _isOpen;
        private bool _isMoving;
        private bool _hasEnded;

        public Reader(EventSequence<T> sequence, EventSource source, CancellationToken first, CancellationToken second)
        {
            _sequence = sequence;
            _source = source;
            _linked = first.CanBeCanceled && second.CanBeCanceled && first != second ? CancellationTokenSource.CreateLinkedTokenSource(first, second) : null;
            _cancel = _linked?.Token ?? (first.CanBeCanceled ? first : second);
        }

        public T Current => _current;

        public ValueTask<bool> MoveNextAsync()
        {
            try
            {
                while (_isOpen)
                {
                    if (_sequence.TryRead(_session!, out _current))
                        return new(true);
                    var filling = _session!.FillAsync();
                    if (!filling.IsCompletedSuccessfully)
                        return MoveOnAsync(filling);
                    _isOpen = filling.Result;
                }
            }
            catch (Exception e)
            {
                End();
                return ValueTask.FromException<bool>(e);
            }

            return MoveOnAsync(default);
        }

        public ValueTask DisposeAsync()
        {
            if (_isMoving)
                throw new NotSupportedException("The reader is moving: cancel it, and dispose it when it has moved.");
            End();
            return ValueTask.CompletedTask;
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> MoveOnAsync(ValueTask<bool> filling)
        {
            if (_hasEnded)
                return false;
            _isMoving = true;
            try
            {
                _session ??= _source.BeginSession(_cancel);
                while (true)
                {
                    while (_isOpen)
                    {
                        _isOpen = await filling.ConfigureAwait(false);
                        if (_isOpen && _sequence.TryRead(_session, out _current))
                            return true;
                        if (_isOpen)
                            filling = _session.FillAsync();
                    }

                    if (!await _session.ConnectAsync().ConfigureAwait(false))
                        break;
                    _isOpen = true;
                    filling = _session.FillAsync();
                }
            }
            catch
            {
                End();
                throw;
            }
            finally
            {
                _isMoving = false;
            }

            End();
            return false;
        }

        private void End()
        {
            if (_hasEnded)
                return;
            _hasEnded = true;
            _isOpen = false;
            _current = default!;
            _linked?.Dispose();
            _session?.Dispose();
        }
    }
}

/// <summary>The events as text, gaps among them.</summary>
internal sealed class TextEvents(EventSource source, CancellationToken cancel) : EventSequence<SseItem<string>>(source, cancel)
{
    protected override bool TryRead(EventSourceSession session, out SseItem<string> current) => session.TryRead(out current);
}

/// <summary>The events, parsed, with an exception at a gap.</summary>
internal sealed class ParsedEvents<T>(EventSource source, SseItemParser<T> parse, CancellationToken cancel) : EventSequence<SseItem<T>>(source, cancel)
{
    protected override bool TryRead(EventSourceSession session, out SseItem<T> current) => session.TryRead(parse, out current);
}

/// <summary>Everything that a stream tells.</summary>
internal sealed class AllMessages<T>(EventSource source, SseItemParser<T> parse, CancellationToken cancel) : EventSequence<EventSourceMessage<T>>(source, cancel)
{
    protected override bool TryRead(EventSourceSession session, out EventSourceMessage<T> current) => session.TryRead(parse, out current);
}
