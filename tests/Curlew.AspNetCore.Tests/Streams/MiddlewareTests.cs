using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.AspNetCore.ResponseCompression;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>What stands around a stream leaves it alone: its first event arrives at once, and it goes on.</summary>
public sealed class MiddlewareTests
{
    [Fact]
    public Task A_request_timeout_does_not_end_it() => PassesAsync(
        static builder => builder.Services.AddRequestTimeouts(static timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromMilliseconds(50) }),
        static app => app.UseRequestTimeouts(),
        static () => Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Deadline.Token));

    [Fact]
    public Task Output_caching_does_not_hold_it_up() => PassesAsync(
        static builder => builder.Services.AddOutputCache(static cache => cache.AddBasePolicy(static policy => policy.Cache())),
        static app => app.UseOutputCache());

    [Fact]
    public Task HTTP_logging_with_bodies_does_not_hold_it_up() => PassesAsync(
        static builder => builder.Services.AddHttpLogging(static logging =>
        {
            logging.LoggingFields = HttpLoggingFields.All;
            logging.MediaTypeOptions.AddText("text/event-stream");
        }),
        static app => app.UseHttpLogging());

    [Fact]
    public Task The_exception_handler_does_not_hold_it_up() => PassesAsync(static builder => builder.Services.AddProblemDetails(), static app => app.UseExceptionHandler());

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public Task Under_compression_each_event_arrives_at_once(string encoding) => PassesAsync(
        static builder => builder.Services.AddResponseCompression(static compression =>
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "text/event-stream"]),
        static app => app.UseResponseCompression(),
        encoding: encoding);

    [Fact]
    public Task OpenAPI_knows_it_as_an_event_stream() => new StreamApp
    {
        Services = static builder => builder.Services.AddOpenApi(),
        Map = static app =>
        {
            app.MapOpenApi();
            app.MapGet("/stream", static () => TypedResults.EventStream("x"));
        },
    }.RunAsync(static async app =>
    {
        using var client = app.CreateClient();
        var document = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", Deadline.Token))!;
        var responses = document["paths"]!["/stream"]!["get"]!["responses"]!;
        responses["200"]!["content"]!["text/event-stream"].ShouldNotBeNull($"{document}");
        responses["503"].ShouldNotBeNull();
    });

    private static async Task PassesAsync(
        Action<WebApplicationBuilder> services, Action<WebApplication> middleware, Func<Task>? meanwhile = null, string? encoding = null)
    {
        var probe = new StreamProbe();
        await new StreamApp
        {
            Services = services,
            Middleware = middleware,
            Map = app =>
            {
                app.MapGet("/typed", () => TypedResults.EventStream(probe.TwoAsync()));
                app.MapGet("/untyped", () => Results.EventStream(probe.TwoAsync()));
            },
        }.RunAsync(async app =>
        {
            // Open meanwhile: nobody waits for its end.
            using var held = await app.OpenAsync("/typed");
            foreach (var version in new[] { 1, 2 })
            {
                await ReadAsync(app, version, "/typed", release: false);
                await ReadAsync(app, version, "/untyped", release: false);
            }

            await ReadAsync(app, 1, "/typed", release: true);
        });

        async Task ReadAsync(StreamApp app, int version, string target, bool release)
        {
            using var client = app.CreateClient(version);
            if (encoding is not null)
                client.DefaultRequestHeaders.Add("Accept-Encoding", encoding);
            using var response = await client.GetAsync(target, HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Content.Headers.ContentEncoding.ShouldBe(encoding is null ? [] : [encoding]);
            var body = await response.Content.ReadAsStreamAsync(Deadline.Token);
            using var reader = new StreamReader(encoding switch
            {
                "gzip" => new GZipStream(body, CompressionMode.Decompress),
                "br" => new BrotliStream(body, CompressionMode.Decompress),
                _ => body,
            });
            (await reader.ReadLineAsync(Deadline.Token)).ShouldStartWith("retry: ");
            (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("");
            (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("data: first");
            (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("");
            if (!release)
                return;
            await (meanwhile?.Invoke() ?? Task.CompletedTask);
            probe.Release.SetResult();
            (await reader.ReadToEndAsync(Deadline.Token)).ShouldBe("data: second\n\n");
        }
    }
}
