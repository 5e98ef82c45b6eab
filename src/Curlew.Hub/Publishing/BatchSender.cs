using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Publishing;

/// <summary>
/// Sends batches one after the other, each until it is acknowledged. A batch that may or may not have been stored is sent again
/// with the same idempotency key, which makes the hub store it once. Not thread-safe.
/// </summary>
/// <param name="client">Its timeout bounds one attempt.</param>
/// <param name="events">The hub's address for events.</param>
/// <param name="run">Makes the keys of this run unlike those of any other.</param>
/// <param name="policy">What is tried again.</param>
/// <param name="report">Is told what happens.</param>
/// <param name="time">The clock of retries.</param>
/// <param name="random">The jitter of retries.</param>
internal sealed class BatchSender(HttpClient client, Uri events, string run, RetryPolicy policy, PipeReport report, TimeProvider time, Random random)
{
    private static readonly MediaTypeHeaderValue Ndjson = new("application/x-ndjson");

    /// <summary>Returns when the hub has stored every line of the batch.</summary>
    /// <exception cref="CommandFailedException">The hub refuses the batch, or was away for too long.</exception>
    public Task SendAsync(LineBatch batch, CancellationToken cancellationToken) => SendAsync(batch, 0, batch.Count, cancellationToken);

    private async Task SendAsync(LineBatch batch, int start, int count, CancellationToken cancellationToken)
    {
        var first = batch.FirstLine + start;
        var lines = count == 1 ? $"line {first}" : $"lines {first} to {first + count - 1}";
        var key = string.Create(CultureInfo.InvariantCulture, $"{run}-{first}-{count}");
        long? outageBegan = null;
        for (var attempt = 1; ; attempt++)
        {
            var (answer, trouble) = await TryAsync(batch.Slice(start, count), key, cancellationToken);
            if (answer?.Id is not null)
            {
                if (outageBegan is { } began)
                    report.OutageEnded(time.GetElapsedTime(began));
                report.Acknowledged(count);
                return;
            }

            if (answer is not null && !RetryPolicy.IsTransient(answer.Status))
            {
                if (answer.Status is not HttpStatusCode.RequestEntityTooLarge)
                    throw new CommandFailedException($"{lines} refused: {trouble}");
                if (count == 1)
                    throw new CommandFailedException($"{lines} is too large for the hub: {trouble}");

                // A batch is all or nothing, so nothing of it was stored: send its halves, until it fits or one line is to blame.
                await SendAsync(batch, start, count / 2, cancellationToken);
                await SendAsync(batch, start + count / 2, count - count / 2, cancellationToken);
                return;
            }

            if (outageBegan is null)
            {
                outageBegan = time.GetTimestamp();
                report.OutageBegan(trouble);
            }

            var delay = RetryPolicy.DelayBefore(attempt, answer?.RetryAfter, random);
            var elapsed = time.GetElapsedTime(outageBegan.Value);
            if (elapsed + delay > policy.GiveUp)
                throw new CommandFailedException($"gave up after {new Duration(elapsed)}: {trouble}\n  {lines} may or may not have been published, later ones were not.");
            report.Retrying();
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    /// <summary>One attempt. Without an id it says what stood in the way.</summary>
    private async Task<(HubAnswer? Answer, string Trouble)> TryAsync(ReadOnlyMemory<byte> body, string key, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, events) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = Ndjson;
        request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            var answer = await HubAnswer.ReadAsync(response, time, cancellationToken);
            return (answer, answer.Problem ?? "");
        }
        catch (HttpRequestException failure) when (RetryPolicy.IsTransient(failure))
        {
            return (null, HubTrouble.Describe(failure, events));
        }
        catch (HttpRequestException failure)
        {
            throw new CommandFailedException(HubTrouble.Describe(failure, events), failure);
        }
        catch (OperationCanceledException timeout) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, HubTrouble.Describe(timeout, events));
        }
    }
}
