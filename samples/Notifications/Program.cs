using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;

// Notices for one user, for a team, for everyone, and a record of them all in a hub of its own.

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
builder.Services.AddAuthorization();
builder.Services.AddCurlew()
    .AddHub("audit", hub => hub.Retention.MaxEvents = 1_000);

var app = builder.Build();
app.UseFileServer();

app.MapEventStream("/me/events", stream => stream.User().Broadcast()).RequireAuthorization();
app.MapEventStream("/team/events", http => [$"teams/{http.User.FindFirstValue("team")}"]).RequireAuthorization();
app.MapEventStream("/audit", hub: "audit").RequireAuthorization(policy => policy.RequireClaim("team", "operators"));

// What everyone may read; which of it, the client says: /news?topic=public/sports&topic=public/weather/*
app.MapEventStream("/news", stream => stream.AllowClientTopics("public/**"));

app.MapPost("/users/{user}/notices", async (string user, Notice notice, IEventPublisher events) =>
{
    var id = await events.PublishToUserAsync(user, notice);
    events.Hub("audit").Enqueue("notices", $"{id}: to {user}");
    return Results.Accepted();
});

app.MapPost("/notices", async ([FromQuery] string[] to, Notice notice, IEventPublisher events, [FromKeyedServices("audit")] IEventPublisher audit) =>
{
    var id = await events.PublishToUsersAsync(to, notice);
    audit.Enqueue("notices", $"{id}: to {string.Join(", ", to)}");
    return Results.Accepted();
});

app.MapPost("/announcements", async (Notice notice, IEventPublisher events) =>
{
    var id = await events.BroadcastAsync(notice);
    events.Hub("audit").Enqueue("announcements", $"{id}: to all");
    return Results.Accepted();
});

app.MapPost("/teams/{team}/notices", async (string team, Notice notice, IEventPublisher events) =>
{
    var id = await events.PublishAsync($"teams/{team}", notice);
    events.Hub("audit").Enqueue("notices", $"{id}: to team {team}");
    return Results.Accepted();
});

app.MapPost("/news/{section}", async (string section, Notice notice, IEventPublisher events) =>
{
    await events.PublishAsync([$"public/{section}", "public/all"], notice, type: "news");
    return Results.Accepted();
});

// Whoever asks is signed in as whoever he says: this sample is about what comes after.
app.MapPost("/sign-in", (string user, string team) => TypedResults.SignIn(new ClaimsPrincipal(new ClaimsIdentity(
    [new Claim(ClaimTypes.NameIdentifier, user), new Claim("team", team)], CookieAuthenticationDefaults.AuthenticationScheme))));

app.Run();

record Notice(string Text);
