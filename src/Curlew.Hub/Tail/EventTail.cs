using Curlew.Client;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Tail;

/// <summary>Prints what a source reads, until it is to end.</summary>
internal sealed class EventTail(EventSource source, EventPrinter printer, TailReport report, TailEnd end, TimeProvider time)
{
    private long _printed;

    /// <summary>Returns when the server ended the stream for good, or the end that was asked for has come.</summary>
    /// <exception cref="CommandFailedException">The stream cannot be read, or ended before there were as many events as wanted.</exception>
    /// <exception cref="ClosedOutputException">Nobody reads what is printed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> is cancelled.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var silence = new CancellationTokenSource(end.Silence ?? Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, stop);
        try
        {
            await PrintAsync(silence, either.Token);
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            EnsureEnough($"no event came for {new Duration(end.Silence!.Value)}");
        }
        catch (EventStreamResponseException answer)
        {
            throw new CommandFailedException(report.Describe(answer), answer);
        }
        catch (Exception failure) when (failure is Protocol.EventStreamTooLargeException or NotSupportedException)
        {
            throw new CommandFailedException(failure.Message, failure);
        }
        finally
        {
            printer.Flush();
        }
    }

    private async Task PrintAsync(CancellationTokenSource silence, CancellationToken stop)
    {
        // The disposal of the source ends it; its own is not allowed while a move is pending.
        var messages = source.ReadMessagesAsync(stop).GetAsyncEnumerator(stop);
        while (true)
        {
            var moving = messages.MoveNextAsync();
            // Events that come together are written together.
            if (!moving.IsCompleted)
                printer.Flush();
            if (!await moving)
                break;

            var message = messages.Current;
            if (message.Kind == EventSourceMessageKind.Gap)
            {
                printer.Print(message.Gap!);
                if (!printer.PrintsGaps)
                    printer.Flush();
                report.Tell(message.Gap!);
            }
            else if (message.Kind == EventSourceMessageKind.Event)
            {
                printer.Print(message.Item);
                if (++_printed == end.Count)
                    return;
                if (end.Silence is { } longest)
                    silence.CancelAfter(longest);
            }
        }

        report.Note("the server ended the stream");
        EnsureEnough("the server ended the stream");
    }

    private void EnsureEnough(string why)
    {
        if (end.Count is { } wanted)
            throw new CommandFailedException($"{why}, after {_printed} of {wanted} events");
    }
}
