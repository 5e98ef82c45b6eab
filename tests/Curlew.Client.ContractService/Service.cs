using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Curlew.Client.ContractService;

/// <summary>Speaks the REST contract of launchdarkly/sse-contract-tests: the harness creates clients, tells them what to read, and is told what they read.</summary>
internal static class Service
{
    private static readonly string[] Capabilities =
        ["bom", "comments", "headers", "last-event-id", "post", "read-timeout", "report", "restart", "server-directed-shutdown-request"];

    public static WebApplication Create(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddHttpClient();
        var app = builder.Build();
        var clients = new ConcurrentDictionary<int, StreamClient>();
        var last = 0;

        app.MapGet("/", static () => TypedResults.Json(new { name = "Curlew.Client", capabilities = Capabilities }));
        app.MapPost("/", Results<Created, BadRequest<string>> (StreamParameters parameters, IHttpClientFactory http) =>
        {
            StreamClient client;
            try
            {
                client = new StreamClient(parameters, http.CreateClient());
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                // A wrong parameter, by the name that the client has for it.
                return TypedResults.BadRequest(e.Message);
            }

            var id = Interlocked.Increment(ref last);
            clients[id] = client;
            return TypedResults.Created(string.Create(CultureInfo.InvariantCulture, $"/streams/{id}"));
        });
        app.MapPost("/streams/{id:int}", Results<Accepted, BadRequest, NotFound> (int id, Command command) =>
        {
            if (!clients.TryGetValue(id, out var client))
                return TypedResults.NotFound();
            switch (command.Name)
            {
                case "restart":
                    client.Restart();
                    return TypedResults.Accepted((string?)null);
                case "listen":
                    // A source gives events of every type.
                    return TypedResults.Accepted((string?)null);
                default:
                    return TypedResults.BadRequest();
            }
        });
        app.MapDelete("/streams/{id:int}", async Task<Results<NoContent, NotFound>> (int id) =>
        {
            if (!clients.TryRemove(id, out var client))
                return TypedResults.NotFound();
            await client.DisposeAsync();
            return TypedResults.NoContent();
        });
        app.MapDelete("/", (IHostApplicationLifetime lifetime) =>
        {
            lifetime.StopApplication();
            return TypedResults.NoContent();
        });
        return app;
    }
}
