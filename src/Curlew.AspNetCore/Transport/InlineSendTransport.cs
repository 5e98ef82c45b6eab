using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Curlew;

/// <summary>What the connections of a listener have in common.</summary>
/// <param name="options">The server's, for its own sockets.</param>
/// <param name="memory">Where buffers come from.</param>
/// <param name="logger">What goes wrong.</param>
internal sealed class InlineSendTransport(SocketTransportOptions options, MemoryPool<byte> memory, ILogger logger)
{
    public SocketTransportOptions Options => options;

    public MemoryPool<byte> Memory => memory;

    public ILogger Logger => logger;

    /// <summary>For what comes in.</summary>
    public PipeOptions InputOptions { get; } = new(
        memory,
        readerScheduler: options.UnsafePreferInlineScheduling
            ? PipeScheduler.Inline
            : new ArrivalQueue(Environment.ProcessorCount, static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false)),
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: options.MaxReadBufferSize ?? 0,
        resumeWriterThreshold: (options.MaxReadBufferSize ?? 0) / 2,
        useSynchronizationContext: false);

    /// <summary>For what the kernel does not take at once. Its limit is one byte, so that a flush ends when all has gone.</summary>
    public PipeOptions OverflowOptions { get; } = new(
        memory,
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: options.UnsafePreferInlineScheduling ? PipeScheduler.Inline : PipeScheduler.ThreadPool,
        pauseWriterThreshold: 1,
        resumeWriterThreshold: 1,
        useSynchronizationContext: false);
}
