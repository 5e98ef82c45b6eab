using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection.Extensions;

// Streams that somebody watches over: who is connected, from where, how far behind; one of them closed, or all of a user who may read no longer.

var builder = WebApplication.CreateBuilder(args);

// The address of every request is logged there, with the token that may be in it.
builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);

builder.Services.AddCurlew(streams =>
{
    streams.MaxConnectionsPerUser = 5;
    streams.MaxConnectionAge = TimeSpan.FromHours(1);
});

builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
    .AddCookie()
    .AddBearerToken(bearer => bearer.Events.OnMessageReceived = context =>
    {
        // An EventSource cannot set headers. Of the stream alone, so that no other address has a token in it.
        if (context.Request.Path == "/me/events" && context.Request.Query["access_token"] is [{ Length: > 0 } token])
            context.Token = token;
        return Task.CompletedTask;
    });

builder.Services.AddAuthorizationBuilder()
    .AddPolicy("reader", policy => policy
        .AddAuthenticationSchemes(CookieAuthenticationDefaults.AuthenticationScheme, BearerTokenDefaults.AuthenticationScheme)
        .RequireAuthenticatedUser())
    .AddPolicy("operator", policy => policy.RequireClaim("role", "operator"));

builder.Services.AddRateLimiter(limits =>
{
    limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
    limits.AddPolicy("connect", http => RateLimitPartition.GetFixedWindowLimiter(
        http.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? $"{http.Connection.RemoteIpAddress}",
        static _ => new FixedWindowRateLimiterOptions { PermitLimit = 10, Window = TimeSpan.FromSeconds(10) }));
    limits.OnRejected = static (context, _) =>
    {
        if (context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
            context.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return ValueTask.CompletedTask;
    };
});

builder.Services.TryAddSingleton(TimeProvider.System);
builder.Services.AddSingleton<Sessions>().AddHostedService<EndOfSessions>();
builder.Services.AddSingleton<StreamMeter>();

var app = builder.Build();
app.Services.GetRequiredService<StreamMeter>();          // made now, so that it counts from the start
app.UseRateLimiter();

app.MapEventStream("/me/events", stream => stream.User().Broadcast())
    .RequireAuthorization("reader")
    .RequireRateLimiting("connect")
    .AddEndpointFilter(async (context, next) =>
    {
        // The answer by which the standard has an EventSource stop for good.
        var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
        return sessions.IsOpen(context.HttpContext.User) ? await next(context) : TypedResults.NoContent();
    });

app.MapPost("/users/{user}/notices", async (string user, Notice notice, IEventPublisher events) =>
{
    await events.PublishToUserAsync(user, notice);
    return Results.Accepted();
});

// Whoever asks is signed in as whoever he says: this sample is about what comes after.
app.MapPost("/sign-in", (string user, string? role, TimeSpan? lifetime, Sessions sessions) =>
    TypedResults.SignIn(sessions.Open(user, role, lifetime), authenticationScheme: CookieAuthenticationDefaults.AuthenticationScheme));
app.MapPost("/token", (string user, string? role, TimeSpan? lifetime, Sessions sessions) =>
    TypedResults.SignIn(sessions.Open(user, role, lifetime), authenticationScheme: BearerTokenDefaults.AuthenticationScheme));

var admin = app.MapGroup("/admin").RequireAuthorization("operator");

admin.MapGet("/streams", (IEventStreamConnections streams) => streams.List()
    .OrderByDescending(static stream => stream.Lag)
    .ThenBy(static stream => stream.OpenedAt)
    .Take(100));

admin.MapDelete("/streams/{id}", (string id, string reason, IEventStreamConnections streams) =>
    streams.Close(id, reason) ? Results.NoContent() : Results.NotFound());

admin.MapDelete("/users/{user}/sessions", (string user, Sessions sessions, IEventStreamConnections streams) =>
{
    sessions.Revoke(user);                               // first: in the other order a client is back before it is refused
    return new { Closed = streams.CloseUser(user, "access revoked") };
});

admin.MapGet("/users/{user}/presence", (string user, IEventStreamConnections streams) =>
    new { IsConnected = streams.IsUserConnected(user), Streams = streams.CountUser(user) });

admin.MapGet("/metrics", (StreamMeter meter) => meter.Read());

app.Run();

record Notice(string Text);
