using System.IO.Compression;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.AspNetCore.TestHost;

namespace Curlew.AspNetCore.Tests.Middleware;

/// <summary>The first event arrives at once, and long before the stream ends, whatever middleware the application has.</summary>
public sealed class PromptDeliveryTests
{
    [Fact]
    public Task Behind_request_timeouts_which_the_stream_outlives() => new StreamApp
    {
        Services = static builder => builder.Services.AddRequestTimeouts(static timeouts => timeouts.DefaultPolicy = new() { Timeout = TimeSpan.FromMilliseconds(300) }),
        Middleware = static app => app.UseRequestTimeouts(),
        Map = static app =>
        {
            app.MapEventStream("/events/{topic}", "{topic}");
            app.MapGet("/slow", static context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        },
        // Of the one that is meant to be timed out.
        Expects = static problem => problem.Category.EndsWith("RequestTimeoutsMiddleware", StringComparison.Ordinal),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        for (var i = 0; i < 3; i++)
        {
            using var slow = await app.SendAsync("/slow");
            slow.Status.ShouldBe(504);
        }

        await ShouldDeliverAsync(app, stream);
    });

    [Fact]
    public Task Behind_output_caching_that_caches_everything_for_two_clients_at_once() => new StreamApp
    {
        Services = static builder => builder.Services.AddOutputCache(static cache => cache.AddBasePolicy(static policy => policy.Cache().Expire(TimeSpan.FromDays(1)))),
        Middleware = static app => app.UseOutputCache(),
    }.RunAsync(static async app =>
    {
        var first = app.OpenAsync("/events/news");
        var second = app.OpenAsync("/events/news");
        using var one = await first;
        using var two = await second;
        await ShouldDeliverAsync(app, one, two);
        one.Headers.ContainsKey("Age").ShouldBeFalse();

        // Nor is an ended stream given to the next client.
        one.Abort();
        two.Abort();
        await app.ShouldHoldNothingAsync();
        using var third = await app.OpenAsync("/events/news");
        await ShouldDeliverAsync(app, third);
    });

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public Task Behind_response_compression(string encoding) => new StreamApp
    {
        Services = static builder => builder.Services.AddResponseCompression(static compression => compression.MimeTypes = ["text/event-stream"]),
        Middleware = static app => app.UseResponseCompression(),
    }.RunAsync(async app =>
    {
        using var client = app.CreateClient(handler: new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None });
        client.DefaultRequestHeaders.Add("Accept-Encoding", encoding);
        using var response = await client.GetAsync("/events/news", HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
        response.Content.Headers.ContentEncoding.ShouldBe([encoding]);
        await using var body = await response.Content.ReadAsStreamAsync(Deadline.Token);
        await using Stream plain = encoding == "br" ? new BrotliStream(body, CompressionMode.Decompress) : new GZipStream(body, CompressionMode.Decompress);
        using var reader = new StreamReader(plain);
        (await reader.ReadLineAsync(Deadline.Token)).ShouldStartWith("retry: ");
        for (var i = 0; i < 5; i++)
        {
            await app.Publisher.PublishAsync("news", $"{i}");
            string? line;
            do
            {
                line = await reader.ReadLineAsync(Deadline.Token);
            }
            while (line != $"data: {i}");
        }
    });

    [Fact]
    public Task Behind_HTTP_logging_with_bodies() => new StreamApp
    {
        Services = static builder => builder.Services.AddHttpLogging(static logging => logging.LoggingFields = HttpLoggingFields.All),
        Middleware = static app => app.UseHttpLogging(),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        await ShouldDeliverAsync(app, stream);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Behind_the_exception_handler_which_answers_for_what_fails_before_the_stream(bool isDevelopment) => new StreamApp
    {
        Services = static builder => builder.Services.AddProblemDetails(),
        Middleware = app => _ = isDevelopment ? app.UseDeveloperExceptionPage() : app.UseExceptionHandler(),
        Map = static app =>
        {
            app.MapEventStream("/events/{topic}", "{topic}");
            app.MapEventStream("/broken", static IEnumerable<string> (http) => throw new InvalidOperationException("no topics today"));
        },
        Expects = static problem => problem.Exception?.Message == "no topics today",
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        await ShouldDeliverAsync(app, stream);
        using var broken = await app.SendAsync("/broken");
        broken.Status.ShouldBe(500);
    });

    [Fact]
    public Task Behind_middleware_that_buffers_unless_it_is_told_not_to() => new StreamApp
    {
        Middleware = static app => app.Use(static (context, next) =>
        {
            context.Features.Set<IHttpResponseBodyFeature>(new BufferingBody(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>()));
            return next(context);
        }),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        await ShouldDeliverAsync(app, stream);
    });

    [Fact]
    public Task Behind_everything_at_once() => new StreamApp
    {
        Services = static builder =>
        {
            builder.Services.AddProblemDetails().AddRequestTimeouts(static timeouts => timeouts.DefaultPolicy = new() { Timeout = TimeSpan.FromSeconds(1) });
            builder.Services.AddOutputCache(static cache => cache.AddBasePolicy(static policy => policy.Cache()));
            builder.Services.AddResponseCompression(static compression => compression.MimeTypes = ["text/event-stream"]);
            builder.Services.AddHttpLogging(static logging => logging.LoggingFields = HttpLoggingFields.All);
        },
        Middleware = static app => app.UseExceptionHandler().UseHttpLogging().UseResponseCompression().UseRequestTimeouts().UseOutputCache(),
    }.RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/events/news");
        await ShouldDeliverAsync(app, stream);
    });

    [Fact]
    public Task A_response_that_middleware_has_begun_fails_and_leaves_nothing_behind() => new StreamApp
    {
        Middleware = static app => app.Use(static async (context, next) =>
        {
            await context.Response.StartAsync(context.RequestAborted);
            await next(context);
        }),
        Expects = static problem => problem.Exception is InvalidOperationException,
    }.RunAsync(static async app =>
    {
        // Whether the head went out before the connection was cut is the transport's affair.
        await Should.ThrowAsync<IOException>(async () =>
        {
            using var answer = await app.SendAsync("/events/news");
            await answer.RestAsync();
        });
        app.Log.Problems.ShouldNotBeEmpty();
        await app.ShouldHoldNothingAsync();
    });

    [Fact]
    public async Task In_a_test_server()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseTestServer();
        builder.Services.AddRouting().AddCurlew();
        await using var app = builder.Build();
        app.MapEventStream("/events/{topic}", "{topic}");
        await app.StartAsync(Deadline.Token);
        var events = app.Services.GetRequiredService<IEventPublisher>();
        using var client = app.GetTestClient();

        using (var response = await client.GetAsync("/events/news", HttpCompletionOption.ResponseHeadersRead, Deadline.Token))
        {
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Deadline.Token));
            (await reader.ReadLineAsync(Deadline.Token)).ShouldStartWith("retry: ");
            (await reader.ReadLineAsync(Deadline.Token)).ShouldStartWith("id: ");
            (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("");
            var id = await events.PublishAsync("news", "hello", cancellationToken: Deadline.Token);
            (await reader.ReadLineAsync(Deadline.Token)).ShouldBe($"id: {id}");
            (await reader.ReadLineAsync(Deadline.Token)).ShouldBe("data: hello");
        }

        var connections = app.Services.GetRequiredService<ConnectionRegistry>();
        await Eventually.UntilAsync(() => connections.Count == 0, because: "the client left");
        using var open = await client.GetAsync("/events/news", HttpCompletionOption.ResponseHeadersRead, Deadline.Token);
        await app.StopAsync(Deadline.Token);
        (await open.Content.ReadAsStringAsync(Deadline.Token)).Split("\n\n")[^2].ShouldStartWith("retry: ");
    }

    /// <summary>Holds everything back to the end of the response, unless buffering is turned off.</summary>
    private sealed class BufferingBody(IHttpResponseBodyFeature inner) : IHttpResponseBodyFeature
    {
        private readonly Pipe _held = new(new PipeOptions(pauseWriterThreshold: 0));
        private bool _isDisabled;

        public Stream Stream => Writer.AsStream();

        public PipeWriter Writer => _isDisabled ? inner.Writer : _held.Writer;

        public void DisableBuffering() => _isDisabled = true;

        public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            inner.SendFileAsync(path, offset, count, cancellationToken);

        public async Task CompleteAsync()
        {
            await _held.Writer.CompleteAsync();
            await _held.Reader.CopyToAsync(inner.Writer);
            await inner.CompleteAsync();
        }
    }

    private static async Task ShouldDeliverAsync(StreamApp app, params RawStream[] streams)
    {
        for (var i = 0; i < 5; i++)
        {
            await app.Publisher.PublishAsync("news", $"{i}");
            foreach (var stream in streams)
                (await stream.EventAsync()).Data.ShouldBe($"{i}");
        }
    }
}
