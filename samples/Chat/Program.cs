using System.ComponentModel.DataAnnotations;

// A chat of several rooms. A room is a topic: its last entries are the hub's history, and who is in it is who has a stream of it.

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddCurlew();
builder.Services.AddSingleton<Presence>();
builder.Services.AddValidation();

var app = builder.Build();
app.UseFileServer();

app.MapEventStream("/rooms/{room}/events", "rooms/{room}")       // GET /rooms/tea/events?name=ann&last=10
    .AddEndpointFilter(async (context, next) =>
    {
        var request = context.HttpContext.Request;
        using (app.Services.GetRequiredService<Presence>().Listen($"{request.RouteValues["room"]}", $"{request.Query["name"]}"))
            return await next(context);                          // returns when the stream has ended
    });

app.MapPut("/rooms/{room}/people/{name}", ([Word] string room, [Word] string name, Presence presence) => presence.JoinAsync(room, name));
app.MapDelete("/rooms/{room}/people/{name}", ([Word] string room, [Word] string name, Presence presence) => presence.LeaveAsync(room, name));

app.MapPost("/rooms/{room}/messages", async ([Word] string room, Message message, IEventPublisher events) =>
{
    await events.PublishAsync($"rooms/{room}", message);
    return TypedResults.Accepted((string?)null);
});

app.Run();

/// <summary>Names are taken on trust: this sample is about what comes after a sign-in. Public, because only public types are validated.</summary>
public record Message([Required, Word] string Name, [Required, StringLength(2000)] string Text);

record Joined(string Name);

record Left(string Name);

/// <summary>A name of a room or a person, of which a topic can be made.</summary>
public sealed class WordAttribute() : RegularExpressionAttribute(@"[\p{L}\p{N}_-]{1,40}");
