using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Curlew.AspNetCore.Tests.Connections;

/// <summary>What real sockets do not bring about at will: the response is a pipe that the test holds.</summary>
public sealed class EventStreamConnectionTests
{
    [Fact]
    public Task What_one_connection_could_not_write_reaches_no_other() => new StreamApp
    {
        Expects = static problem => problem.Exception is InvalidOperationException,
    }.RunAsync(static async app =>
    {
        await app.Publisher.PublishAsync("a", "of a");
        await app.Publisher.PublishAsync("b", "of b");
        await app.RoutedAsync();
        var broken = await ConnectAsync(app, "a", new ThrowingWriter());
        var output = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var sound = await ConnectAsync(app, "b", output.Writer);

        // On one thread, without a pause, as in the thread pool of a busy server.
        var failing = broken.RunAsync();
        var running = sound.RunAsync();

        await failing;
        broken.Reason.ShouldBe(CloseReason.Failed);
        output.Reader.TryRead(out var result).ShouldBeTrue();
        var text = Encoding.UTF8.GetString(result.Buffer);
        text.ShouldContain("data: of b");
        text.ShouldNotContain("of a");
        output.Reader.Complete();
        sound.Close(CloseReason.Drained);
        await running;
    });

    [Fact]
    public Task A_users_stuck_stream_makes_room_for_one_other_not_for_many() => new StreamApp
    {
        Time = new ManualTimeProvider(),
        Options = static options => options.MaxConnectionsPerUser = 1,
    }.RunAsync(static async app =>
    {
        var slot = ConnectionSlot.For(null, "7");
        var output = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 0));
        app.Connections.TryReserve(slot).ShouldBe(RefusalReason.None);
        var stuck = await ConnectAsync(app, "a", output.Writer, slot);
        app.Connections.Add(stuck);
        var running = stuck.RunAsync();
        stuck.FlushingSince.ShouldNotBe(0);
        app.Connections.TryReserve(slot).ShouldBe(RefusalReason.MaxConnectionsPerUser, "It may yet be read.");
        app.Clock.Advance(TimeSpan.FromSeconds(3));

        app.Connections.TryReserve(slot).ShouldBe(RefusalReason.None);
        stuck.Reason.ShouldBe(CloseReason.Superseded);
        app.Connections.TryReserve(slot).ShouldBe(RefusalReason.MaxConnectionsPerUser, "Its place has been given away once.");

        output.Reader.Complete();
        await running;
        app.Connections.Release(slot);
    });

    private static ConnectionSlot Reserve(StreamApp app)
    {
        var slot = ConnectionSlot.For(null, null);
        app.Connections.TryReserve(slot).ShouldBe(RefusalReason.None);
        return slot;
    }

    private static async Task<SubscriptionConnection> ConnectAsync(StreamApp app, string topic, PipeWriter output, ConnectionSlot? slot = null)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new Body(output));
        var interest = new Interest([TopicFilter.Literal(topic)]);
        var connection = new SubscriptionConnection(
            context, app.Provider.GetRequiredService<EventStreamHost>(), app.Hub, interest, slot ?? Reserve(app), isEnveloped: false);
        connection.Subscription = await app.Hub.SubscribeAsync(
            interest, StartPosition.Earliest, SlowConsumerPolicy.Resume, connection, Deadline.Token);
        return connection;
    }

    private sealed class Body(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => throw new NotSupportedException();

        public PipeWriter Writer => writer;

        public void DisableBuffering()
        {
        }

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task CompleteAsync() => Task.CompletedTask;
    }

    /// <summary>Takes the first block, and fails at the next.</summary>
    private sealed class ThrowingWriter : PipeWriter
    {
        private readonly byte[] _buffer = new byte[4096];
        private bool _isFlushed;

        public override void Advance(int bytes)
        {
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => _isFlushed ? throw new InvalidOperationException("The response is complete.") : _buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            _isFlushed = true;
            return default;
        }

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
