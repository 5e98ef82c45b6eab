using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Curlew.AspNetCore.Tests.Transport;

/// <summary>The writer alone, on a pair of sockets, with a pipe that is sent as the transport would.</summary>
public sealed class InlineSendWriterTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task WhateverIsWritten_HoweverItIsRead_ArrivesInOrder(int seed)
    {
        using var sockets = await SocketPair.ConnectAsync();
        var random = new Random(seed);
        var sent = new List<byte>();
        var writing = Task.Run(() => WriteAsync(sockets.Writer, random, sent), Deadline.Token);

        var received = new List<byte>();
        var buffer = new byte[16 * 1024];
        var reader = new Random(-seed);
        while (await sockets.Client.ReceiveAsync(buffer.AsMemory(0, reader.Next(1, buffer.Length)), Deadline.Token) is var count and > 0)
            received.AddRange(buffer.AsSpan(0, count));

        await writing;
        received.Count.ShouldBe(sent.Count);
        received.ShouldBe(sent);
    }

    [Fact]
    public async Task Flush_WhenTheKernelTakesAll_EndsAtOnce()
    {
        using var sockets = await SocketPair.ConnectAsync();
        sockets.Writer.Write("hello"u8);
        sockets.Writer.UnflushedBytes.ShouldBe(5);
        sockets.Writer.IsEmpty.ShouldBeFalse();

        var flush = sockets.Writer.FlushAsync(Deadline.Token);

        flush.IsCompletedSuccessfully.ShouldBeTrue();
        sockets.Writer.IsEmpty.ShouldBeTrue();
        (await flush).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Flush_WhenTheClientDoesNotRead_Waits_AndIsCancelled()
    {
        using var sockets = await SocketPair.ConnectAsync();
        ValueTask<FlushResult> flush;
        do
        {
            sockets.Writer.Write(new byte[64 * 1024]);
            flush = sockets.Writer.FlushAsync(Deadline.Token);
        }
        while (flush.IsCompleted);
        sockets.Writer.IsEmpty.ShouldBeFalse();

        sockets.Writer.CancelPendingFlush();

        (await flush).IsCanceled.ShouldBeTrue();
        sockets.Writer.IsEmpty.ShouldBeFalse("What has not gone out comes before anything else.");
    }

    [Fact]
    public async Task Flush_WhenTheConnectionIsGone_SaysSo()
    {
        using var sockets = await SocketPair.ConnectAsync();
        sockets.Server.Dispose();
        sockets.Writer.Write("hello"u8);
        (await sockets.Writer.FlushAsync(Deadline.Token)).IsCompleted.ShouldBeTrue();
    }

    private static async Task WriteAsync(InlineSendWriter writer, Random random, List<byte> sent)
    {
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(1, random.Next(4) == 0 ? 100_000 : 3_000)];
            random.NextBytes(bytes);
            sent.AddRange(bytes);
            switch (random.Next(3))
            {
                case 0 when writer.IsEmpty:
                    await writer.SendAsync(bytes, Deadline.Token);
                    break;
                case 1:
                    // Written on while the flush is pending, as servers do.
                    writer.Write(bytes.AsSpan(0, bytes.Length / 2));
                    var flush = writer.FlushAsync(Deadline.Token);
                    writer.Write(bytes.AsSpan(bytes.Length / 2));
                    await flush;
                    break;
                default:
                    writer.Write(bytes);
                    if (random.Next(2) == 0)
                        await writer.FlushAsync(Deadline.Token);
                    break;
            }
        }

        await writer.CompleteAsync();
    }

    /// <summary>Two ends of a connection, at one of which the writer stands on a pipe that a loop sends.</summary>
    private sealed class SocketPair : IOverflow, IDisposable
    {
        private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 0));

        private SocketPair(Socket server, Socket client)
        {
            (Server, Client) = (server, client);
            server.Blocking = false;
            server.SendBufferSize = 16 * 1024;
            Writer = new(server, this);
        }

        public Socket Server { get; }

        public Socket Client { get; }

        public InlineSendWriter Writer { get; }

        public static async Task<SocketPair> ConnectAsync()
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 16 * 1024 };
            await client.ConnectAsync(listener.LocalEndPoint!, Deadline.Token);
            return new(await listener.AcceptAsync(Deadline.Token), client);
        }

        PipeWriter IOverflow.Open()
        {
            _ = Task.Run(SendAsync, Deadline.Token);
            return _pipe.Writer;
        }

        void IOverflow.Complete(Exception? exception) => Server.Shutdown(SocketShutdown.Send);

        public void Dispose()
        {
            Server.Dispose();
            Client.Dispose();
        }

        private async Task SendAsync()
        {
            while (true)
            {
                var read = await _pipe.Reader.ReadAsync();
                try
                {
                    foreach (var segment in read.Buffer)
                    {
                        for (var rest = segment; !rest.IsEmpty;)
                            rest = rest[await Server.SendAsync(rest)..];
                    }
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    await _pipe.Reader.CompleteAsync();
                    return;
                }

                _pipe.Reader.AdvanceTo(read.Buffer.End);
                if (!read.IsCompleted)
                    continue;
                Server.Shutdown(SocketShutdown.Send);
                return;
            }
        }
    }
}
