using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Curlew.Client;

/// <summary>Asks for an event stream, through redirects, and judges the answer.</summary>
internal static class EventStreamRequest
{
    private const string MediaType = "text/event-stream";
    private const string LastEventIdHeader = "Last-Event-ID";

    /// <summary>What names a user, and is for the origin that it was given for.</summary>
    private static readonly string[] Credentials = ["Authorization", "Cookie", "Proxy-Authorization"];

    /// <summary>Sends the request, and follows redirects: the answer is none.</summary>
    /// <exception cref="EventStreamResponseException">A redirect cannot be followed.</exception>
    /// <exception cref="NotSupportedException">The client cannot send the last event id.</exception>
    public static async Task<HttpResponseMessage> SendAsync(EventSource source, CancellationToken cancel)
    {
        var client = source.GetClient();
        var request = await CreateAsync(source, client, cancel).ConfigureAwait(false);
        for (var redirects = 0; ; redirects++)
        {
            var response = await SendAsync(client, request, cancel).ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect) || source.Options.MaxRedirects == 0)
            {
                return response;
            }

            using (response)
            {
                if (redirects == source.Options.MaxRedirects)
                    throw Refused(response, $"after {redirects} redirects with yet another one");
                request = Redirect(client, request, response);
            }
        }
    }

    /// <summary>Returns if the answer is an event stream.</summary>
    /// <exception cref="EventStreamResponseException">It is not.</exception>
    public static async Task EnsureEventStreamAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancel)
    {
        var contentType = ContentTypeOf(response);
        if (response.StatusCode == HttpStatusCode.OK && IsEventStream(contentType))
            return;
        var body = await ReadStartAsync(response, cancel).ConfigureAwait(false);
        var what = response.StatusCode != HttpStatusCode.OK ? ""
            : contentType is null ? $", without a content type, where {MediaType} is needed" : $", of the content type '{contentType}' instead of {MediaType}";
        throw Refused(response, string.Create(CultureInfo.InvariantCulture, $"with status {(int)response.StatusCode}{what}"), body, RetryAfterOf(response, time));
    }

    private static async Task<HttpRequestMessage> CreateAsync(EventSource source, HttpClient client, CancellationToken cancel)
    {
        var options = source.Options;
        var request = new HttpRequestMessage(options.Method, source.Url)
        {
            Version = options.Version ?? client.DefaultRequestVersion,
            VersionPolicy = options.VersionPolicy ?? client.DefaultVersionPolicy,
        };
        if (options.Content is { } content)
            request.Content = await content(cancel).ConfigureAwait(false);
        request.Headers.TryAddWithoutValidation("Accept", MediaType);
        request.Headers.TryAddWithoutValidation("Cache-Control", "no-cache");
        foreach (var (name, value) in options.Headers)
        {
            HttpHeaders? headers = request.Headers.NonValidated.Contains(name) || request.Headers.TryAddWithoutValidation(name, value) ? request.Headers : request.Content?.Headers;
            headers?.Remove(name);
            headers?.TryAddWithoutValidation(name, value);
        }

        if (source.LastEventId is { Length: > 0 } lastEventId)
        {
            request.Headers.Remove(LastEventIdHeader);
            request.Headers.TryAddWithoutValidation(LastEventIdHeader, lastEventId);
        }

        if (options.PrepareRequest is { } prepare)
            await prepare(request, cancel).ConfigureAwait(false);
        return request;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e is { HttpRequestError: HttpRequestError.Unknown, InnerException: null, StatusCode: null }
            && request.Headers.NonValidated.TryGetValues(LastEventIdHeader, out var ids) && !ids.All(static id => Ascii.IsValid(id)))
        {
            // The platform's handler refuses the header before it connects, and would at every attempt.
            throw new NotSupportedException(
                $"The last event id is not ASCII, and the HttpClient that was given does not send such headers: give it a handler whose {nameof(SocketsHttpHandler.RequestHeaderEncodingSelector)} returns UTF-8, such as that of {nameof(EventSource)}.{nameof(EventSource.CreateHandler)}.",
                e);
        }
    }

    /// <summary>Makes the request that a redirect asks for: RFC 9110, section 15.4, and the Fetch standard, "HTTP-redirect fetch".</summary>
    private static HttpRequestMessage Redirect(HttpClient client, HttpRequestMessage from, HttpResponseMessage response)
    {
        var url = from.RequestUri!;
        if (!response.Headers.NonValidated.TryGetValues("Location", out var values) || values.Count != 1 || string.IsNullOrWhiteSpace(values.Single())
            || !Uri.TryCreate(url, values.Single(), out var target) || (target.Scheme != Uri.UriSchemeHttp && target.Scheme != Uri.UriSchemeHttps))
        {
            throw Refused(response, "with a redirect to no usable location");
        }

        if (url.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps)
            throw Refused(response, "with a redirect from https to http");
        var isSameOrigin = Uri.Compare(url, target, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;
        if (!isSameOrigin && Array.Exists(Credentials, client.DefaultRequestHeaders.NonValidated.Contains))
            throw Refused(response, $"with a redirect to {target.GetLeftPart(UriPartial.Authority)}, which must not be given the credentials in the default headers of the HttpClient");

        var toGet = response.StatusCode switch
        {
            HttpStatusCode.SeeOther => from.Method != HttpMethod.Head,
            HttpStatusCode.MovedPermanently or HttpStatusCode.Found => from.Method == HttpMethod.Post,
            _ => false,
        };
        var request = new HttpRequestMessage(toGet ? HttpMethod.Get : from.Method, target)
        {
            Version = from.Version,
            VersionPolicy = from.VersionPolicy,
            Content = toGet ? null : from.Content,
        };
        foreach (var (name, headers) in from.Headers.NonValidated)
        {
            if (name != "Host" && (isSameOrigin || !Credentials.Contains(name, StringComparer.OrdinalIgnoreCase)))
                request.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)headers);
        }

        foreach (var (name, value) in from.Options)
            ((IDictionary<string, object?>)request.Options)[name] = value;
        return request;
    }

    /// <summary>
    /// The last <c>Content-Type</c>, as the standard reads it, untouched: <c>HttpContentHeaders.ContentType</c> is null for <c>text/event-stream;</c>.
    /// </summary>
    private static string? ContentTypeOf(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.Last() : null;

    private static bool IsEventStream(string? contentType) =>
        contentType is not null && contentType.AsSpan(0, contentType.IndexOf(';', StringComparison.Ordinal) is var end and >= 0 ? end : contentType.Length)
            .Trim(" \t").Equals(MediaType, StringComparison.OrdinalIgnoreCase);

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, TimeProvider time)
    {
        var delay = response.Headers.RetryAfter is not { } asked ? null : asked.Delta ?? asked.Date - time.GetUtcNow();
        return delay is not { } known ? null : known < TimeSpan.Zero ? TimeSpan.Zero : known < Protocol.EventStreamParser.MaxReconnectionTime ? known : Protocol.EventStreamParser.MaxReconnectionTime;
    }

    private static async Task<string> ReadStartAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var bytes = new byte[EventStreamResponseException.MaxBodyBytes];
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            var count = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
            return Encoding.UTF8.GetString(bytes, 0, count);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException)
        {
            return "";
        }
    }

    // Without the query: it may hold what does not belong in a log.
    private static EventStreamResponseException Refused(HttpResponseMessage response, string how, string body = "", TimeSpan? retryAfter = null) =>
        new(
            $"The server answered {response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.GetLeftPart(UriPartial.Path)} {how}.",
            response.StatusCode,
            ContentTypeOf(response),
            body,
            retryAfter);
}
