using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>The thread that ends a move wakes the stream's loop, and may go on when the loop is far ahead.</summary>
public sealed class LateContinuationTests
{
    [Fact]
    public async Task A_source_that_moves_is_not_disposed_because_an_earlier_move_is_told_late()
    {
        var source = new Source();
        await new StreamApp
        {
            Map = app => app.MapGet("/", () => TypedResults.EventStream(source)),
        }.RunAsync(async app =>
        {
            using (var stream = await app.OpenAsync("/"))
            {
                await Eventually.UntilAsync(() => source.Moves == 1);
                var tell = source.Complete(true);
                tell();
                (await stream.EventAsync()).Data.ShouldBe("1");
                await Eventually.UntilAsync(() => source.Moves == 2);

                stream.Dispose();
                // The second move does not heed the token, so the stream waits for it.
                await Eventually.UntilAsync(() => app.Log.Entries.Any(static entry => entry.EventName == "SourceLingers"));
                var looks = source.Looks;
                tell();
                await Eventually.UntilAsync(() => source.Looks > looks || source.Misuse is not null);
            }

            source.Disposals.ShouldBe(0);
            source.Complete(false)();
            await Eventually.UntilAsync(() => source.Disposals == 1);
            source.Misuse.ShouldBeNull();
        });
    }

    private sealed class Source : IAsyncEnumerable<int>, IAsyncEnumerator<int>, IValueTaskSource<bool>
    {
        private readonly Lock _lock = new();
        private Action? _continuation;
        private ValueTaskSourceStatus _status;
        private bool _result;
        private int _moves;
        private int _looks;

        public int Moves => Volatile.Read(ref _moves);

        public int Looks => Volatile.Read(ref _looks);

        public int Disposals { get; private set; }

        public string? Misuse { get; private set; }

        public int Current => _moves;

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            lock (_lock)
                _status = ValueTaskSourceStatus.Pending;
            return new(this, 0);
        }

        /// <summary>Ends the pending move.</summary>
        /// <returns>Tells it to whoever waits for it.</returns>
        public Action Complete(bool result)
        {
            lock (_lock)
            {
                (_status, _result) = (ValueTaskSourceStatus.Succeeded, result);
                return _continuation!;
            }
        }

        public ValueTaskSourceStatus GetStatus(short token)
        {
            Interlocked.Increment(ref _looks);
            lock (_lock)
                return _status;
        }

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            lock (_lock)
                _continuation = () => continuation(state);
            Interlocked.Increment(ref _moves);
        }

        public bool GetResult(short token)
        {
            lock (_lock)
            {
                if (_status == ValueTaskSourceStatus.Pending)
                    Misuse = "asked for the result of a move that is pending";
                return _result;
            }
        }

        public ValueTask DisposeAsync()
        {
            lock (_lock)
            {
                if (_status == ValueTaskSourceStatus.Pending)
                    Misuse = "disposed while it moved";
                Disposals++;
            }

            return default;
        }
    }
}
