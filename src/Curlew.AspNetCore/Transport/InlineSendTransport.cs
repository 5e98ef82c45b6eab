using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Curlew;

/// <summary>What the connections of a listener have in common.</summary>
internal sealed class InlineSendTransport : IDisposable
{
    private volatile bool _isDisposed;

    /// <param name="options">The server's, for its own sockets.</param>
    /// <param name="memory">Where buffers come from; its own from here on.</param>
    /// <param name="logger">What goes wrong.</param>
    public InlineSendTransport(SocketTransportOptions options, MemoryPool<byte> memory, ILogger logger)
    {
        (Options, Memory, Logger) = (options, memory, logger);
        if (!options.UnsafePreferInlineScheduling)
        {
            // What is live is sent by threads of its own, for which requests of new connections leave the processors.
            Arrivals = new(
                Environment.ProcessorCount,
                static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false),
                () => !_isDisposed && StreamScheduler.Shared.IsBusy);
            StreamScheduler.Shared.AddYielding(Arrivals.Admit);
        }

        InputOptions = new(
            memory,
            readerScheduler: Arrivals ?? PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: options.MaxReadBufferSize ?? 0,
            resumeWriterThreshold: (options.MaxReadBufferSize ?? 0) / 2,
            useSynchronizationContext: false);
        OverflowOptions = new(
            memory,
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: options.UnsafePreferInlineScheduling ? PipeScheduler.Inline : PipeScheduler.ThreadPool,
            pauseWriterThreshold: 1,
            resumeWriterThreshold: 1,
            useSynchronizationContext: false);
    }

    public SocketTransportOptions Options { get; }

    public MemoryPool<byte> Memory { get; }

    public ILogger Logger { get; }

    /// <summary>Where connections wait until it is their turn to be served; <see langword="null"/> where nobody waits.</summary>
    public ArrivalQueue? Arrivals { get; }

    /// <summary>For what comes in.</summary>
    public PipeOptions InputOptions { get; }

    /// <summary>For what the kernel does not take at once. Its limit is one byte, so that a flush ends when all has gone.</summary>
    public PipeOptions OverflowOptions { get; }

    public void Dispose()
    {
        _isDisposed = true;
        if (Arrivals is not null)
        {
            StreamScheduler.Shared.RemoveYielding(Arrivals.Admit);
            // Connections that have not had their turn end.
            Arrivals.Admit(0);
        }

        Memory.Dispose();
    }
}
