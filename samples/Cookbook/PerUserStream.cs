using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Cookbook;

static class PerUserStream
{
    public static void MapPerUserStream(this WebApplication app)
    {
        app.MapEventStream("/me/messages", stream => stream.User()).RequireAuthorization();

        app.MapPost("/users/{user}/messages", async (string user, Message message, IEventPublisher events) =>
        {
            await events.PublishToUserAsync(user, message);
            return Results.Accepted();
        });

        // A stream of one request knows its user as any handler does.
        app.MapGet("/me/greeting", (ClaimsPrincipal user) => TypedResults.EventStream($"Hello {user.FindFirstValue(ClaimTypes.NameIdentifier)}"))
            .RequireAuthorization();

        // Whoever asks is signed in as whoever he says: this recipe is about what comes after.
        app.MapPost("/sign-in", (string user) => TypedResults.SignIn(new ClaimsPrincipal(new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, user)], CookieAuthenticationDefaults.AuthenticationScheme))));
    }

    record Message(string Text);
}
