using System.Security.Claims;
using FinanceNotifications.Domain;
using FinanceNotifications.Notifications;
using Microsoft.AspNetCore.Authentication.Cookies;

// Domain events become notifications, through one handler and an event catalog.

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
builder.Services.AddAuthorization();
builder.Services.AddCurlew(curlew => FinanceEvents.AddTo(curlew.Events));
builder.Services.AddSingleton<IDomainEventHandler, NotificationBridge>();
builder.Services.AddSingleton<DomainEvents>();
builder.Services.AddSingleton<Finances>();

var app = builder.Build();
app.UseFileServer();

app.MapEventStream("/me/events", stream => stream.User().Broadcast()).RequireAuthorization();
app.MapEventCatalog("/events/catalog");

var mine = app.MapGroup("").RequireAuthorization();

mine.MapPost("/accounts/{account}/sync", async (string account, ClaimsPrincipal user, Finances finances) =>
{
    await finances.SyncAsync(IdOf(user), account);
    return Results.Accepted();
});

mine.MapPost("/providers/{provider}/health", async (string provider, string health, Finances finances) =>
{
    await finances.ReportAsync(provider, health);
    return Results.Accepted();
});

mine.MapPost("/imports/{file}", async (string file, ClaimsPrincipal user, Finances finances) =>
{
    await finances.ImportAsync(IdOf(user), file);
    return Results.Accepted();
});

mine.MapPost("/portfolios/{portfolio}/value", async (string portfolio, decimal value, Finances finances) =>
    await finances.RevalueAsync(portfolio, value) ? Results.Accepted() : Results.NotFound());

mine.MapPost("/devices/{device}", async (string device, ClaimsPrincipal user, HttpContext http, Finances finances) =>
{
    await finances.SignInAsync(IdOf(user), device, $"{http.Connection.RemoteIpAddress}");
    return Results.Accepted();
});

// Whoever asks is signed in as whoever he says: this sample is about what comes after.
app.MapPost("/sign-in", (string user) => TypedResults.SignIn(new ClaimsPrincipal(new ClaimsIdentity(
    [new Claim(ClaimTypes.NameIdentifier, user)], CookieAuthenticationDefaults.AuthenticationScheme))));

app.Run();

static string IdOf(ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier)!;
