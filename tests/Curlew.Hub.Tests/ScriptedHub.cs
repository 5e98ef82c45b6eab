using System.Collections.Concurrent;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Curlew.Hub.Tests;

/// <summary>A server on a loopback port that publishes as a hub does, and misbehaves as the test says.</summary>
internal sealed class ScriptedHub : IAsyncDisposable
{
    /// <summary>Answers a request; <paramref name="store"/> publishes its events and returns the id.</summary>
    public delegate Task Behaviour(HttpContext context, Func<string> store);

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, string> _ids = new(StringComparer.Ordinal);

    private ScriptedHub()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/events", HandleAsync);
    }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>What happens to the next requests, in this order; afterwards all goes well.</summary>
    public ConcurrentQueue<Behaviour> Script { get; } = new();

    /// <summary>The largest event's data that it takes.</summary>
    public int MaxEventBytes { get; set; } = int.MaxValue;

    /// <summary>Data of the events stored, in order.</summary>
    public ConcurrentQueue<string> Stored { get; } = new();

    /// <summary>Every request as it came, the failed ones included.</summary>
    public ConcurrentQueue<Request> Requests { get; } = new();

    public static async Task<ScriptedHub> StartAsync()
    {
        var hub = new ScriptedHub();
        await hub._app.StartAsync();
        return hub;
    }

    public static Behaviour Answer(int status, string? body = null, string contentType = MediaTypeNames.Application.ProblemJson, string? retryAfter = null) =>
        async (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = retryAfter;
            context.Response.ContentType = contentType;
            await context.Response.WriteAsync(body ?? "");
        };

    public static Task Store(HttpContext context, Func<string> store) => context.Response.WriteAsJsonAsync(new { id = store() });

    public static Task CutBeforeStoring(HttpContext context, Func<string> store)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    public static async Task CutAfterStoring(HttpContext context, Func<string> store)
    {
        var answer = JsonSerializer.SerializeToUtf8Bytes(new { id = store() });
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer.AsMemory(0, 3));
        await context.Response.Body.FlushAsync();
        context.Abort();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var request = new Request(
            context.Request.QueryString.Value ?? "",
            context.Request.ContentType,
            context.Request.Headers["Idempotency-Key"],
            await reader.ReadToEndAsync(),
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        Requests.Enqueue(request);
        if (Script.TryDequeue(out var behave))
            await behave(context, () => Append(request));
        else if (request.Data.Any(data => Encoding.UTF8.GetByteCount(data) > MaxEventBytes))
            await Answer(413, $$"""{"title":"Event too large","detail":"An event may have {{MaxEventBytes}} bytes."}""")(context, () => "");
        else
            await Store(context, () => Append(request));
    }

    private string Append(Request request)
    {
        if (request.Key is { } key && _ids.TryGetValue(key, out var known))
            return known;
        foreach (var data in request.Data)
            Stored.Enqueue(data);
        var id = $"1700000000000-{Stored.Count}";
        if (request.Key is not null)
            _ids[request.Key] = id;
        return id;
    }

    public sealed record Request(string Query, string? ContentType, string? Key, string Body, IReadOnlyDictionary<string, string> Headers)
    {
        public IReadOnlyList<JsonElement> Events { get; } = ContentType is "application/x-ndjson"
            ? [.. Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))]
            : [];

        public IEnumerable<string> Data => ContentType is "application/x-ndjson" ? Events.Select(e => e.GetProperty("data").GetString()!) : [Body];
    }
}
