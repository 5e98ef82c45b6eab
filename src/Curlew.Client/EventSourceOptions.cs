using Curlew.Protocol;

namespace Curlew.Client;

/// <summary>How an <see cref="EventSource"/> connects. Taken over when the source is made: later changes have no effect on it.</summary>
public sealed class EventSourceOptions
{
    /// <summary>The default of <see cref="ReconnectionTime"/>: 3 seconds.</summary>
    public static readonly TimeSpan DefaultReconnectionTime = TimeSpan.FromSeconds(3);

    /// <summary>The default of <see cref="MaxReconnectionDelay"/>: 30 seconds.</summary>
    public static readonly TimeSpan DefaultMaxReconnectionDelay = TimeSpan.FromSeconds(30);

    /// <summary>The default of <see cref="HealthyAfter"/>: 10 seconds.</summary>
    public static readonly TimeSpan DefaultHealthyAfter = TimeSpan.FromSeconds(10);

    /// <summary>The default of <see cref="IdleTimeout"/>: 2 minutes.</summary>
    public static readonly TimeSpan DefaultIdleTimeout = TimeSpan.FromMinutes(2);

    /// <summary>The default of <see cref="ResponseTimeout"/>: 30 seconds.</summary>
    public static readonly TimeSpan DefaultResponseTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The default of <see cref="MaxRedirects"/>: 20, as in the Fetch standard.</summary>
    public const int DefaultMaxRedirects = 20;

    /// <summary>The method of the request. The default is <c>GET</c>.</summary>
    public HttpMethod Method { get; set; } = HttpMethod.Get;

    /// <summary>
    /// Headers of every request. They take the place of those that the source sets itself (<c>Accept: text/event-stream</c>, <c>Cache-Control: no-cache</c>).
    /// </summary>
    public IDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes the body of the request; called at each attempt. The default is none.</summary>
    public Func<CancellationToken, ValueTask<HttpContent>>? Content { get; set; }

    /// <summary>
    /// Called at each attempt with the finished request, to change it: to set a fresh token, say. A failure that it throws counts as one of the
    /// attempt; redirects are followed without another call. The default is none.
    /// </summary>
    public Func<HttpRequestMessage, CancellationToken, ValueTask>? PrepareRequest { get; set; }

    /// <summary>
    /// The client to send with, which stays the caller's. At most one of this, <see cref="HttpClientFactory"/> and <see cref="HttpMessageHandler"/> is set;
    /// the default is none of them: the source makes a client of its own, with the handler of <see cref="EventSource.CreateHandler"/>.
    /// </summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>Gives the client for an attempt, as <c>IHttpClientFactory</c> does; the source does not dispose it.</summary>
    public Func<HttpClient>? HttpClientFactory { get; set; }

    /// <summary>The handler to send with, which stays the caller's.</summary>
    public HttpMessageHandler? HttpMessageHandler { get; set; }

    /// <summary>The HTTP version of the requests. The default, <see langword="null"/>, is that of the client that is given; 2.0 for the source's own.</summary>
    public Version? Version { get; set; }

    /// <summary>How <see cref="Version"/> is meant. The default, <see langword="null"/>, is what the client says; or lower for the source's own.</summary>
    public HttpVersionPolicy? VersionPolicy { get; set; }

    /// <summary>The last event id to begin with, as an earlier source had it. The default is empty: none.</summary>
    public string LastEventId { get; set; } = "";

    /// <summary>The time before a reconnect, until the server sets another one with <c>retry</c>. The default is 3 seconds.</summary>
    public TimeSpan ReconnectionTime { get; set; } = DefaultReconnectionTime;

    /// <summary>
    /// Where the growing wait of failures in a row ends. A longer time that the server asks for is kept all the same. The default is 30 seconds.
    /// </summary>
    public TimeSpan MaxReconnectionDelay { get; set; } = DefaultMaxReconnectionDelay;

    /// <summary>How long a connection has to be open for its end to count as the first failure of a row. The default is 10 seconds.</summary>
    public TimeSpan HealthyAfter { get; set; } = DefaultHealthyAfter;

    /// <summary>
    /// How long nothing, not even a comment, may come from the server before the connection counts as dead. Two or three heartbeats are a good
    /// choice; a Curlew server sends one each 15 seconds. The default is 2 minutes; <see langword="null"/> waits forever.
    /// </summary>
    public TimeSpan? IdleTimeout { get; set; } = DefaultIdleTimeout;

    /// <summary>
    /// How long it may take until the head of the answer is there, redirects included. The default is 30 seconds; <see langword="null"/> waits forever.
    /// </summary>
    public TimeSpan? ResponseTimeout { get; set; } = DefaultResponseTimeout;

    /// <summary>The most bytes of one event. The default is 16 MiB.</summary>
    public int MaxEventBytes { get; set; } = EventStreamParserOptions.DefaultMaxBlockBytes;

    /// <summary>The most redirects of one attempt. The default is 20; 0 follows none.</summary>
    public int MaxRedirects { get; set; } = DefaultMaxRedirects;

    /// <summary>Whether the messages of a source have its comments too. The default is not.</summary>
    public bool ReadComments { get; set; }

    /// <summary>
    /// Decides what follows a failure: how long to wait before the next attempt, or <see langword="null"/> to give up. The default is
    /// <see cref="ConnectionFailure.DefaultDelay"/>: network failures, timeouts, the end of the stream and the statuses 408, 429 and 5xx are
    /// retried, all else is final.
    /// </summary>
    public Func<ConnectionFailure, TimeSpan?>? RetryPolicy { get; set; }

    /// <summary>Where time comes from. The default is the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where jitter comes from; for tests.</summary>
    internal Random Random { get; set; } = Random.Shared;

    /// <summary>Names everything that is wrong with the options.</summary>
    /// <returns>A sentence for each wrong setting; nothing where all is well.</returns>
    public IEnumerable<string> FindFaults()
    {
        if (Method is null)
            yield return "Method is null; it must be an HTTP method.";
        if (LastEventId is null || LastEventId.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0 || !EventStreamEncoder.IsWellFormed(LastEventId))
            yield return "LastEventId must be text without CR, LF, NUL and lone surrogates; empty for none.";
        if (ReconnectionTime < TimeSpan.Zero || ReconnectionTime > EventStreamParser.MaxReconnectionTime)
            yield return $"ReconnectionTime is {ReconnectionTime}; it must not be negative, and at most {EventStreamParser.MaxReconnectionTime}.";
        if (MaxReconnectionDelay < TimeSpan.Zero || MaxReconnectionDelay > EventStreamParser.MaxReconnectionTime)
            yield return $"MaxReconnectionDelay is {MaxReconnectionDelay}; it must not be negative, and at most {EventStreamParser.MaxReconnectionTime}.";
        if (HealthyAfter < TimeSpan.Zero)
            yield return $"HealthyAfter is {HealthyAfter}; it must not be negative.";
        if (IdleTimeout is { } idle && (idle <= TimeSpan.Zero || idle > EventStreamParser.MaxReconnectionTime))
            yield return $"IdleTimeout is {idle}; it must be positive and at most {EventStreamParser.MaxReconnectionTime}, or null for no limit.";
        if (ResponseTimeout is { } response && (response <= TimeSpan.Zero || response > EventStreamParser.MaxReconnectionTime))
            yield return $"ResponseTimeout is {response}; it must be positive and at most {EventStreamParser.MaxReconnectionTime}, or null for no limit.";
        if (MaxEventBytes < 1)
            yield return $"MaxEventBytes is {MaxEventBytes}; it must be at least 1.";
        if (MaxRedirects < 0)
            yield return $"MaxRedirects is {MaxRedirects}; it must not be negative.";
        if (TimeProvider is null)
            yield return "TimeProvider is null.";
        if ((HttpClient is null ? 0 : 1) + (HttpClientFactory is null ? 0 : 1) + (HttpMessageHandler is null ? 0 : 1) > 1)
            yield return "Of HttpClient, HttpClientFactory and HttpMessageHandler at most one may be set.";
    }

    /// <summary>A copy that no one else changes.</summary>
    /// <exception cref="ArgumentException">A setting is wrong; the message names each.</exception>
    internal EventSourceOptions Validated()
    {
        string[] faults = [.. FindFaults()];
        if (faults.Length > 0)
            throw new ArgumentException(string.Join(' ', faults), "options");
        var copy = (EventSourceOptions)MemberwiseClone();
        copy.Headers = new Dictionary<string, string>(Headers, StringComparer.OrdinalIgnoreCase);
        return copy;
    }
}
