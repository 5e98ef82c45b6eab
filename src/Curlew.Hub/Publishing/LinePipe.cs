using System.IO.Pipelines;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Publishing;

/// <summary>From a stream of lines to a hub: reads and collects while the batch before is under way.</summary>
internal sealed class LinePipe(LineBatcher batcher, BatchSender sender, Pacer? pacer)
{
    /// <summary>A line beyond this is taken for input that has no lines, before it fills the memory.</summary>
    public const int MaxLineBytes = 16 * 1024 * 1024;

    // Little is read ahead of the hub: at a stop it is sent without waiting for its turn.
    private static readonly PipeOptions ReadAhead = new(minimumSegmentSize: 64 * 1024, pauseWriterThreshold: 128 * 1024, resumeWriterThreshold: 64 * 1024);

    /// <summary>Publishes every line; returns when all are acknowledged.</summary>
    /// <param name="input">Read until its end.</param>
    /// <param name="stop">Stops reading; the complete lines read so far are still sent.</param>
    /// <exception cref="CommandFailedException">
    /// The hub refuses lines or is away for too long, or the input cannot be read; the lines before were sent.
    /// </exception>
    public async Task RunAsync(Stream input, CancellationToken stop)
    {
        using var abort = new CancellationTokenSource();
        var collecting = CollectAsync(input, stop, abort.Token);
        try
        {
            while (await batcher.TakeAsync() is { } batch)
                await sender.SendAsync(batch, CancellationToken.None);
        }
        finally
        {
            await abort.CancelAsync();
            await collecting;
        }
    }

    private async Task CollectAsync(Stream input, CancellationToken stop, CancellationToken abort)
    {
        var pipe = new Pipe(ReadAhead);
        Exception? inputFailure = null;
        // A read of standard input blocks its thread and cannot be cancelled. It has one to itself, which is left behind at a stop.
        _ = Task.Run(PumpAsync, CancellationToken.None);
        await using var stopping = stop.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), pipe.Reader);
        try
        {
            var number = 1L;
            while (true)
            {
                var result = await pipe.Reader.ReadAsync(abort);
                var buffer = result.Buffer;
                // What stands at the end is a line only if the input truly ended there.
                var isWhole = result.IsCompleted && inputFailure is null && !stop.IsCancellationRequested;
                for (; LineSplitter.TryRead(ref buffer, isWhole, out var line); number++)
                {
                    ThrowIfTooLong(line.Length, number);
                    if (pacer is not null)
                        await pacer.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    await batcher.AddAsync(line, abort);
                }

                ThrowIfTooLong(buffer.Length, number);
                pipe.Reader.AdvanceTo(buffer.Start, buffer.End);
                if (stop.IsCancellationRequested)
                    return;
                if (!result.IsCompleted)
                    continue;
                if (inputFailure is not null)
                    throw new CommandFailedException($"standard input cannot be read: {inputFailure.Message}", inputFailure);
                return;
            }
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            // The one who sends has failed, and says so.
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
            batcher.Complete();
        }

        async Task PumpAsync()
        {
            try
            {
                await input.CopyToAsync(pipe.Writer, stop);
            }
            catch (Exception failure)
            {
                inputFailure = failure;
            }

            await pipe.Writer.CompleteAsync();
        }
    }

    private static void ThrowIfTooLong(long bytes, long number)
    {
        if (bytes > MaxLineBytes)
            throw new CommandFailedException($"line {number} is longer than {MaxLineBytes / 1024 / 1024} MiB, the most that pipe takes for a line.");
    }
}
