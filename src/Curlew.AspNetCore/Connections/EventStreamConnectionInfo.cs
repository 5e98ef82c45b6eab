using System.Globalization;
using System.Net;
using System.Security.Claims;
using System.Text.Json.Serialization;
using Curlew.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Curlew;

/// <summary>A stream as it was when it was listed. It holds nothing of the request that the server might reuse, and may be kept.</summary>
public sealed class EventStreamConnectionInfo
{
    private readonly string _process;
    private readonly long _number;
    private readonly Hub? _hub;
    private readonly Interest? _interest;
    private readonly EventId? _lastEventId;
    private readonly Endpoint? _endpoint;
    private readonly IPAddress? _remoteAddress;

    internal EventStreamConnectionInfo(EventStreamConnection connection, string process, ConnectionClock clock, Moment now)
    {
        _process = process;
        _number = connection.Number;
        _endpoint = connection.Endpoint;
        _remoteAddress = connection.RemoteAddress;
        Path = connection.Path;
        UserId = connection.Slot.User;
        User = connection.User;
        Age = clock.Between(Math.Min(connection.OpenedAt, now.Timestamp), now.Timestamp);
        OpenedAt = now.Time - Age;
        PendingWrite = connection.FlushingSince is var since and not 0 ? clock.Between(Math.Min(since, now.Timestamp), now.Timestamp) : TimeSpan.Zero;
        EventsSent = connection.EventsSent;
        BytesSent = connection.BytesSent;
        CloseReason = connection.Reason;
        IsLive = true;
        if (connection is not SubscriptionConnection { Hub: var hub, Interest: var interest } stream)
            return;
        _hub = hub;
        _interest = interest;
        if (stream.Subscription is not { } subscription)
        {
            IsLive = false;
            return;
        }

        var progress = subscription.Look();
        _lastEventId = hub.HasHistory ? progress.LastEventId : null;
        IsLive = progress.IsLive;
        QueuedEvents = progress.Queued;
        Lag = progress.Waiting is { } waiting ? hub.LagOf(waiting) : TimeSpan.Zero;
    }

    /// <summary>When streams are looked at: the same for all of a list, so that their ages compare.</summary>
    internal readonly record struct Moment(long Timestamp, DateTimeOffset Time);

    /// <summary>Names the stream, as long as it is open, among those of all processes: after a reconnect the same client has another.</summary>
    public string Id => IdOf(_process, _number);

    /// <summary>The hub's name, <c>default</c> for the default hub; none for a stream of one request.</summary>
    public string? Hub => _hub is null ? null : _hub.Name.Length == 0 ? "default" : _hub.Name;

    /// <summary>The pattern of the route, such as <c>/orders/{id}/events</c>; the name of an endpoint that has none.</summary>
    public string? Route => (_endpoint as RouteEndpoint)?.RoutePattern.RawText ?? _endpoint?.DisplayName;

    /// <summary>The path that was asked for, without its query, in which there may be a token.</summary>
    public string Path { get; }

    /// <summary>The topics and patterns that it is of, the server's own such as <c>$user/7</c> among them; none for a stream of one request.</summary>
    public IReadOnlyList<string> Topics => _interest is null ? [] : Array.ConvertAll(_interest.Filters, static filter => filter.Text);

    /// <summary>The types that the client narrowed it to; none means all.</summary>
    public IReadOnlyCollection<string> Types => _interest?.Types ?? [];

    /// <summary>When it was opened.</summary>
    public DateTimeOffset OpenedAt { get; }

    /// <summary>How long it has been open.</summary>
    public TimeSpan Age { get; }

    /// <summary>
    /// The id that its client would come back with: of the last event handed to the connection's writer, or of the last keep-alive. None where ids are not
    /// sent, for a stream of one request, and until the stream has found where it begins.
    /// </summary>
    public string? LastEventId => _lastEventId?.ToString();

    /// <summary>Whether events reach it as they come. Else it is behind and reads on from the log: after a reconnect, or because its client is slow.</summary>
    public bool IsLive { get; }

    /// <summary>
    /// How much older the oldest event that waits for it is than the newest of its hub; of a stream that is behind, its position. Zero where nothing waits.
    /// It says nothing where the ids of a log are no times.
    /// </summary>
    public TimeSpan Lag { get; }

    /// <summary>How many events wait in its queue. Those of a stream that is behind are in the log, and are not counted.</summary>
    public int QueuedEvents { get; }

    /// <summary>How long its present write has been waiting for the client to read; zero where none is.</summary>
    public TimeSpan PendingWrite { get; }

    /// <summary>How many events were written to it, gaps among them.</summary>
    public long EventsSent { get; }

    /// <summary>How many bytes these events had, before compression. Of a stream of one request about as many, with its comments; 0 on a server that does not tell.</summary>
    public long BytesSent { get; }

    /// <summary>The address of the client; behind a proxy the proxy's, unless the application uses the forwarded headers middleware.</summary>
    public string? RemoteAddress => _remoteAddress?.ToString();

    /// <summary>The id of the user, as <see cref="CurlewOptions.UserId"/> gave it.</summary>
    public string? UserId { get; }

    /// <summary>The request's user, with the claims that he had when the stream was opened. It is left out of JSON.</summary>
    [JsonIgnore]
    public ClaimsPrincipal? User { get; }

    /// <summary>Why it is being closed, or <see cref="CloseReason.None"/>.</summary>
    public CloseReason CloseReason { get; }

    internal static string IdOf(string process, EventStreamConnection connection) => IdOf(process, connection.Number);

    private static string IdOf(string process, long number) => string.Create(CultureInfo.InvariantCulture, $"{process}-{number}");
}
