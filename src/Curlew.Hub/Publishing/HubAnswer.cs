using System.Net;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Publishing;

/// <summary>What a hub said to a POST.</summary>
/// <param name="Status">The status of the response.</param>
/// <param name="Id">The id of the last event published; null unless the answer is a hub's 200.</param>
/// <param name="Problem">For a person: why nothing was published. Its further lines are indented. Null with an id.</param>
/// <param name="RetryAfter">How long the hub asks to be left alone.</param>
internal sealed record HubAnswer(HttpStatusCode Status, string? Id, string? Problem, TimeSpan? RetryAfter)
{
    /// <summary>Reads a response whose body has arrived.</summary>
    public static async Task<HubAnswer> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        var id = response.StatusCode is HttpStatusCode.OK ? ReadId(mediaType, body) : null;
        var problem = id is not null ? null
            : response.IsSuccessStatusCode ? $"{response.RequestMessage?.RequestUri} answers {(int)response.StatusCode}, but not as a hub does; is the address right?"
            : HubRefusal.Describe(response.StatusCode, mediaType, body);
        return new(response.StatusCode, id, problem, ReadRetryAfter(response, time));
    }

    private static string? ReadId(string? mediaType, byte[] body)
    {
        using var json = HubRefusal.ParseObject(mediaType, body);
        return json is null ? null : HubRefusal.Text(json.RootElement, "id");
    }

    private static TimeSpan? ReadRetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : null;
    }
}
