using System.Net.ServerSentEvents;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Micro;

/// <summary>
/// What an event of a generator costs from the source to the response's pipe, by the platform's result and by this one. Nothing is ever pending and the
/// pipe's reader runs inline, so all of it is on one thread: time is CPU time. The figures are for one event.
/// </summary>
public class StreamOfOneRequest : IDisposable
{
    private const int Events = 10_000;

    private static readonly Reading Value = new("cellar", 21.5, 40);
    private static readonly SseItem<Reading> Item = new(Value, "reading") { EventId = "1764892800000-0" };
    private static readonly string Text = new('x', 200);

    // Never started: only its services are wanted.
    private readonly WebApplication _app;

    public StreamOfOneRequest()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddCurlew();
        _app = builder.Build();
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public Task<long> PlatformText() => RunAsync(TypedResults.ServerSentEvents(RepeatAsync(Text)));

    [Benchmark(OperationsPerInvoke = Events)]
    public Task<long> CurlewText() => RunAsync(TypedResults.EventStream(RepeatAsync(Text)));

    [Benchmark(OperationsPerInvoke = Events)]
    public Task<long> PlatformJson() => RunAsync(TypedResults.ServerSentEvents(RepeatAsync(Item)));

    [Benchmark(OperationsPerInvoke = Events)]
    public Task<long> CurlewJson() => RunAsync(TypedResults.EventStream(RepeatAsync(Item)));

    [GlobalCleanup]
    public void Dispose()
    {
        ((IDisposable)_app).Dispose();
        GC.SuppressFinalize(this);
    }

    /// <returns>The bytes of the response.</returns>
    private async Task<long> RunAsync(IResult result)
    {
        var response = new DrainedResponse();
        var context = new DefaultHttpContext { RequestServices = _app.Services };
        context.Features.Set<IHttpResponseBodyFeature>(response);
        await result.ExecuteAsync(context);
        return await response.EndAsync();
    }

    private static async IAsyncEnumerable<T> RepeatAsync<T>(T item)
    {
        for (var i = 0; i < Events; i++)
            yield return item;
        await Task.CompletedTask;
    }

    public sealed record Reading(string Sensor, double Temperature, int Humidity);
}
