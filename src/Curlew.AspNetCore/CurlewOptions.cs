using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features.Authentication;

namespace Curlew;

/// <summary>How event streams are served: keep-alive, limits, shutdown. What a hub retains and how it delivers is in <see cref="HubOptions"/>.</summary>
public sealed class CurlewOptions
{
    /// <summary>Names the application's events. Default: none, and any event may be published and any type be asked for.</summary>
    public EventCatalogBuilder Events { get; } = new();

    /// <summary>The shortest interval that makes sense to measure.</summary>
    internal static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a stream may be silent before a keep-alive is sent, which also carries the client's position. Default: 15 seconds; at least 100 ms.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a write may be stuck before the connection is aborted; the client comes back and resumes. Default: 10 seconds; at least 100 ms.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the streams have to end when the host stops, spread over part of it; what is still open then is aborted. Default: 5 seconds. It must be
    /// below the host's shutdown timeout, which is 30 seconds unless set.
    /// </summary>
    public TimeSpan DrainPeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stream may last before the client is asked to reconnect, varied by a tenth either way. Default: no limit.</summary>
    public TimeSpan? MaxConnectionAge { get; set; }

    /// <summary>
    /// How long a client waits before it reconnects (<c>retry:</c>), varied by a third either way so that clients cut together do not come back together.
    /// Default: 3 seconds.
    /// </summary>
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The most open streams. Default: 10,000.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>
    /// The most open streams of one address; of IPv6, one /64 network. Default: 1,000. Behind a proxy this is the proxy's address, unless the application
    /// uses the forwarded headers middleware.
    /// </summary>
    public int MaxConnectionsPerAddress { get; set; } = 1_000;

    /// <summary>The most open streams of one signed-in user. Default: 20. A user's streams with a stuck write are closed before a new one is refused.</summary>
    public int MaxConnectionsPerUser { get; set; } = 20;

    /// <summary>The most topics, types and categories that one client may name, each. Default: 100.</summary>
    public int MaxTopicsPerSubscription { get; set; } = 100;

    /// <summary>How a refusal that time heals is told. Default: <see cref="BusyResponse.Status"/>.</summary>
    public BusyResponse Busy { get; set; }

    /// <summary>
    /// The kernel's send buffer for a connection that serves a stream, in bytes (<c>SO_SNDBUF</c>; Linux doubles it). Default: 64 KiB. It bounds what a
    /// client that does not read costs; 0 leaves it to the kernel, which lets it grow to megabytes.
    /// </summary>
    public int SendBufferBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// Who the user of a request is, for streams that include the user and for the limit per user. Default: the claim <see cref="ClaimTypes.NameIdentifier"/>,
    /// else <c>sub</c>.
    /// </summary>
    public Func<HttpContext, string?> UserId { get; set; } = static context =>
        // Where nobody has signed in, HttpContext.User would make a user of it.
        context.Features.Get<IHttpAuthenticationFeature>()?.User is { } user ? user.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.FindFirstValue("sub") : null;
}
