using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Curlew.Protocol;

namespace Curlew.Client;

/// <summary>
/// A client of one event stream, as the WHATWG HTML standard (section 9.2, Server-sent events) describes it: it reconnects by itself, with the last
/// event id, until the server answers 204, a failure is final, or nobody reads any more.
/// </summary>
/// <remarks>
/// <para>It connects when reading begins. One reader at a time; a reader that stops closes the connection, and the next one goes on after
/// <see cref="LastEventId"/>. While the reader handles an event nothing is read: the network's flow control tells the server.</para>
/// <para>An id is committed at the blank line that ends its block, also of a block without data. A block that was cut leaves no trace.</para>
/// <para>Properties may be read, and the source disposed, from any thread. Readers, policies and event handlers run one after another.</para>
/// </remarks>
public sealed class EventSource : IAsyncDisposable
{
    private static readonly SseItemParser<string> Text = static (_, data) => Encoding.UTF8.GetString(data);

    private readonly CancellationTokenSource _lifetime = new();
    private readonly HttpClient? _ownClient;
    private readonly Func<HttpClient> _getClient;

    // Protects the session and whether there may be one.
    private readonly Lock _gate = new();
    private EventSourceSession? _session;
    private bool _isDisposed;

    private volatile EventSourceState _state = EventSourceState.Connecting;
    private volatile string _lastEventId;
    private volatile Uri? _responseUrl;

    /// <summary>Makes a source. It does not connect before it is read.</summary>
    /// <param name="url">An absolute <c>http</c> or <c>https</c> URL.</param>
    /// <param name="options">How to connect; taken over at once. The defaults if not given.</param>
    /// <exception cref="UriFormatException">The URL is none.</exception>
    /// <exception cref="ArgumentException">The URL is relative or of another scheme, or a setting is wrong: the message names each.</exception>
    public EventSource(string url, EventSourceOptions? options = null)
        : this(new Uri(url, UriKind.Absolute), options)
    {
    }

    /// <inheritdoc cref="EventSource(string, EventSourceOptions)"/>
    public EventSource(Uri url, EventSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"'{url}' is no absolute http or https URL.", nameof(url));
        Url = url;
        Options = (options ?? new()).Validated();
        _lastEventId = Options.LastEventId;
        Parser = new(new() { LastEventId = Options.LastEventId, MaxBlockBytes = Options.MaxEventBytes, ReadComments = Options.ReadComments });
        if (Options.HttpClientFactory is { } factory)
        {
            _getClient = factory;
        }
        else
        {
            var client = Options.HttpClient ?? (_ownClient = CreateClient(Options.HttpMessageHandler));
            _getClient = () => client;
        }
    }

    /// <summary>
    /// Raised when the state changes, and at each failed attempt, in order, by the reader. An exception of a handler reaches the reader.
    /// </summary>
    public event EventHandler<EventSourceStateEventArgs>? StateChanged;

    /// <summary>The URL that each attempt begins with; redirects, permanent ones too, are followed anew.</summary>
    public Uri Url { get; }

    /// <summary>The URL that the newest event stream came from, after redirects; <see langword="null"/> before the first.</summary>
    public Uri? ResponseUrl
    {
        get => _responseUrl;
        internal set => _responseUrl = value;
    }

    /// <summary>The state of the connection; <see cref="EventSourceState.Connecting"/> at first, as in the standard.</summary>
    public EventSourceState State => _state;

    /// <summary>
    /// The last event id: what a reconnect goes on after. It moves with the events as the reader gets them, and with blocks that hold only an id. Empty
    /// where there is none.
    /// </summary>
    public string LastEventId
    {
        get => _lastEventId;
        internal set => _lastEventId = value;
    }

    internal EventSourceOptions Options { get; }

    /// <summary>Used by the one session that there is.</summary>
    internal EventStreamParser Parser { get; }

    internal CancellationToken Lifetime => _lifetime.Token;

    internal bool IsDisposed => _lifetime.IsCancellationRequested;

    /// <summary>
    /// Makes a handler as sources have it: ids outside ASCII go out as UTF-8, redirects and cookies are left alone, an abandoned answer closes its
    /// connection at once. For callers who change more, such as the proxy or decompression.
    /// </summary>
    /// <returns>A handler, the caller's own.</returns>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        MaxResponseDrainSize = 0,
        EnableMultipleHttp2Connections = true,
    };

    /// <summary>
    /// Reads the events. The sequence ends when the server answers 204, when a retry policy gives up at the end of a stream, and when the source is
    /// disposed.
    /// </summary>
    /// <param name="cancel">Ends reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The events, gaps among them (<see cref="EventStreamGap.TryRead"/>). The id of each is the source's last event id, the event's own or an
    /// earlier one's; <see langword="null"/> where there is none.
    /// </returns>
    /// <exception cref="InvalidOperationException">There is another reader.</exception>
    /// <exception cref="ObjectDisposedException">The source was disposed before.</exception>
    /// <exception cref="EventStreamResponseException">The server answered with something else than an event stream, and that is final.</exception>
    /// <exception cref="EventStreamTooLargeException">An event is larger than <see cref="EventSourceOptions.MaxEventBytes"/>.</exception>
    public IAsyncEnumerable<SseItem<string>> ReadAllAsync(CancellationToken cancel = default) => new TextEvents(this, cancel);

    /// <summary>Reads events whose data is JSON.</summary>
    /// <inheritdoc cref="ReadAllAsync{T}(SseItemParser{T}, CancellationToken)"/>
    /// <param name="json">How to read the data, from a source-generated context. Data that is <c>null</c> is an error.</param>
    /// <param name="cancel"></param>
    /// <exception cref="JsonException">The data of an event is not of the type.</exception>
    public IAsyncEnumerable<SseItem<T>> ReadAllAsync<T>(JsonTypeInfo<T> json, CancellationToken cancel = default) => ReadAllAsync(JsonParser(json), cancel);

    /// <summary>Reads events whose data is parsed.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="parser">
    /// Makes the data from its UTF-8 bytes. What it throws ends the reader; the last event id is that of the event, so that reading again goes on behind it.
    /// </param>
    /// <param name="cancel">Ends reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The events.</returns>
    /// <exception cref="EventStreamGapException">A Curlew server told of a gap, which has no place among typed events.</exception>
    /// <inheritdoc cref="ReadAllAsync(CancellationToken)" path="/exception"/>
    public IAsyncEnumerable<SseItem<T>> ReadAllAsync<T>(SseItemParser<T> parser, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(parser);
        return new ParsedEvents<T>(this, parser, cancel);
    }

    /// <summary>Reads everything that the stream tells: events, gaps, ids that moved without an event, and comments if the options ask for them.</summary>
    /// <param name="cancel">Ends reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The messages.</returns>
    /// <inheritdoc cref="ReadAllAsync(CancellationToken)" path="/exception"/>
    public IAsyncEnumerable<EventSourceMessage<string>> ReadMessagesAsync(CancellationToken cancel = default) => ReadMessagesAsync(Text, cancel);

    /// <inheritdoc cref="ReadMessagesAsync{T}(SseItemParser{T}, CancellationToken)"/>
    /// <param name="json">How to read the data, from a source-generated context. Data that is <c>null</c> is an error.</param>
    /// <param name="cancel"></param>
    public IAsyncEnumerable<EventSourceMessage<T>> ReadMessagesAsync<T>(JsonTypeInfo<T> json, CancellationToken cancel = default) =>
        ReadMessagesAsync(JsonParser(json), cancel);

    /// <summary>Reads everything that the stream tells: events, gaps, ids that moved without an event, and comments if the options ask for them.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="parser">Makes the data of an event from its UTF-8 bytes. What it throws ends the reader.</param>
    /// <param name="cancel">Ends reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The messages.</returns>
    /// <inheritdoc cref="ReadAllAsync(CancellationToken)" path="/exception"/>
    public IAsyncEnumerable<EventSourceMessage<T>> ReadMessagesAsync<T>(SseItemParser<T> parser, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(parser);
        return new AllMessages<T>(this, parser, cancel);
    }

    /// <summary>Reads the events and gives each to a callback, one after another.</summary>
    /// <param name="onEvent">Handles an event; the next one waits for it. What it throws ends the task.</param>
    /// <param name="cancel">Ends reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>A task that ends as the sequence of <see cref="ReadAllAsync(CancellationToken)"/> does.</returns>
    /// <inheritdoc cref="ReadAllAsync(CancellationToken)" path="/exception"/>
    public async Task RunAsync(Func<SseItem<string>, CancellationToken, ValueTask> onEvent, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(onEvent);
        await foreach (var item in ReadAllAsync(cancel).ConfigureAwait(false))
            await onEvent(item, cancel).ConfigureAwait(false);
    }

    /// <summary>Closes the connection. A reader's sequence ends.</summary>
    /// <returns>A task that has ended.</returns>
    public ValueTask DisposeAsync()
    {
        EventSourceSession? session;
        lock (_gate)
        {
            _isDisposed = true;
            session = _session;
        }

        _lifetime.Cancel();
        // A reader that is busy tells for itself.
        var isClosed = session?.Abandon() ?? true;
        _ownClient?.Dispose();
        if (isClosed)
            Tell(new(EventSourceState.Closed));
        return ValueTask.CompletedTask;
    }

    internal HttpClient GetClient() => _getClient() ?? throw new InvalidOperationException("HttpClientFactory gave no client.");

    /// <summary>Sets the state and tells it.</summary>
    internal void Tell(EventSourceStateEventArgs change)
    {
        if (change.State == _state && change.Failure is null)
            return;
        _state = change.State;
        StateChanged?.Invoke(this, change);
    }

    internal void EndSession()
    {
        lock (_gate)
            _session = null;
        Tell(new(EventSourceState.Closed));
    }

    private static SseItemParser<T> JsonParser<T>(JsonTypeInfo<T> json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return (_, data) => JsonSerializer.Deserialize(data, json) is { } value ? value : throw new JsonException("The data of an event is null.");
    }

    private static HttpClient CreateClient(HttpMessageHandler? handler) => new(handler ?? CreateHandler(), disposeHandler: handler is null)
    {
        // The source has a timeout of its own, by its own clock.
        Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };

    internal EventSourceSession BeginSession(CancellationToken cancel)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_session is not null)
                throw new InvalidOperationException("The source is being read already: one reader at a time.");
            _session = new(this, cancel);
        }

        return _session;
    }
}
