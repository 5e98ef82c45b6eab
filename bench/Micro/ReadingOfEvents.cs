using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Curlew.Client;
using Curlew.Protocol;

namespace Curlew.Micro;

/// <summary>
/// What it costs to read an event, by the platform's parser and by this one, and by the whole client beside the platform's asynchronous reading. All of
/// them read the same endless stream, from which every read returns at once: all is on one thread, and time is CPU time. The figures are for one event.
/// </summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams)]
[CategoriesColumn]
public class ReadingOfEvents : IDisposable
{
    private const int Events = 1_000;

    private static readonly SseItemParser<string> Text = static (_, data) => Encoding.UTF8.GetString(data);
    private static readonly SseItemParser<int> Length = static (_, data) => data.Length;

    private IEnumerator<SseItem<string>> _platformText = null!;
    private IEnumerator<SseItem<string>> _curlewText = null!;
    private IEnumerator<SseItem<int>> _platformBytes = null!;
    private IEnumerator<SseItem<int>> _curlewBytes = null!;
    private IAsyncEnumerator<SseItem<string>> _platformAsync = null!;
    private IAsyncEnumerator<SseItem<string>> _curlewClient = null!;
    private EventSource? _source;

    [ParamsAllValues]
    public EventShape Shape { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _platformText = SseParser.Create(Stream(), Text).Enumerate().GetEnumerator();
        _curlewText = ReadText(Stream()).GetEnumerator();
        _platformBytes = SseParser.Create(Stream(), Length).Enumerate().GetEnumerator();
        _curlewBytes = ReadLengths(Stream()).GetEnumerator();
        _platformAsync = SseParser.Create(Stream(), Text).EnumerateAsync().GetAsyncEnumerator();
        _source = new EventSource("http://localhost/", new() { HttpMessageHandler = new StreamHandler(Stream()), IdleTimeout = null });
        _curlewClient = _source.ReadAllAsync().GetAsyncEnumerator();
        if (PlatformText() != CurlewText() || PlatformBytes() != CurlewBytes() || PlatformAsync().Result != CurlewClient().Result)
            throw new InvalidOperationException("They read different events.");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Events), BenchmarkCategory("bytes")]
    public long PlatformBytes() => Count(_platformBytes, static length => length);

    [Benchmark(OperationsPerInvoke = Events), BenchmarkCategory("bytes")]
    public long CurlewBytes() => Count(_curlewBytes, static length => length);

    [Benchmark(Baseline = true, OperationsPerInvoke = Events), BenchmarkCategory("text")]
    public long PlatformText() => Count(_platformText, static text => text.Length);

    [Benchmark(OperationsPerInvoke = Events), BenchmarkCategory("text")]
    public long CurlewText() => Count(_curlewText, static text => text.Length);

    [Benchmark(Baseline = true, OperationsPerInvoke = Events), BenchmarkCategory("client")]
    public Task<long> PlatformAsync() => CountAsync(_platformAsync);

    [Benchmark(OperationsPerInvoke = Events), BenchmarkCategory("client")]
    public Task<long> CurlewClient() => CountAsync(_curlewClient);

    [GlobalCleanup]
    public void Dispose()
    {
        _source?.DisposeAsync().AsTask().Wait();
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads as <see cref="SseParser{T}.Enumerate"/> does.</summary>
    private static IEnumerable<SseItem<string>> ReadText(Stream stream)
    {
        var parser = new EventStreamParser();
        int count;
        while ((count = stream.Read(parser.GetSpan())) > 0)
        {
            parser.Advance(count);
            while (TryReadText(parser, out var item))
                yield return item;
        }
    }

    private static bool TryReadText(EventStreamParser parser, out SseItem<string> result)
    {
        while (parser.TryRead(out var item))
        {
            if (item.Kind != EventStreamItemKind.Event)
                continue;
            result = new(item.GetData(), item.Type) { EventId = item.LastEventId is { Length: > 0 } id ? id : null };
            return true;
        }

        result = default;
        return false;
    }

    private static IEnumerable<SseItem<int>> ReadLengths(Stream stream)
    {
        var parser = new EventStreamParser();
        int count;
        while ((count = stream.Read(parser.GetSpan())) > 0)
        {
            parser.Advance(count);
            while (TryReadLength(parser, out var item))
                yield return item;
        }
    }

    private static bool TryReadLength(EventStreamParser parser, out SseItem<int> result)
    {
        while (parser.TryRead(out var item))
        {
            if (item.Kind != EventStreamItemKind.Event)
                continue;
            result = new(item.DataUtf8.Length, item.Type) { EventId = item.LastEventId is { Length: > 0 } id ? id : null };
            return true;
        }

        result = default;
        return false;
    }

    private static long Count<T>(IEnumerator<SseItem<T>> events, Func<T, int> measure)
    {
        var sum = 0L;
        for (var i = 0; i < Events && events.MoveNext(); i++)
            sum += measure(events.Current.Data) + events.Current.EventType.Length;
        return sum;
    }

    private static async Task<long> CountAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        var sum = 0L;
        for (var i = 0; i < Events && await events.MoveNextAsync(); i++)
            sum += events.Current.Data.Length + events.Current.EventType.Length;
        return sum;
    }

    private EndlessStream Stream() => EndlessStream.Of(Shape);

    private sealed class StreamHandler(Stream stream) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StreamContent(stream) { Headers = { { "Content-Type", "text/event-stream" } } },
                RequestMessage = request,
            });
    }
}
