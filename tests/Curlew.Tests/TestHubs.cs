using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Curlew.Tests;

/// <summary>Hubs and events as the tests need them. Their tails are not started: a test routes what it appended.</summary>
internal static class TestHubs
{
    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    public static CurlewMetrics Metrics { get; } = new(Meters);

    public static async Task<Hub> OpenAsync(IEventLog log, HubOptions? options = null, TimeProvider? time = null)
    {
        var hub = new Hub("", options ?? new(), log, time ?? new ManualTimeProvider(), Metrics, NullLogger.Instance);
        await hub.OpenAsync(default);
        return hub;
    }

    public static async Task<Hub> OpenInMemoryAsync(HubOptions? options = null, ManualTimeProvider? time = null)
    {
        options ??= new();
        time ??= new();
        return await OpenAsync(new MemoryEventLog(options, time), options, time);
    }

    public static EventId Id(ulong milliseconds, ulong sequence = 0) => new(milliseconds, sequence);

    public static NewEvent Event(string topic, string data = "x", string? type = null) => NewEvent.FromText([topic], data, type);

    public static Frame Frame(ulong milliseconds, string topic = "a", string data = "x") => new(Id(milliseconds), [topic], System.Text.Encoding.UTF8.GetBytes(data));

    extension(Hub hub)
    {
        public async Task<EventId> PublishAsync(string topic, string data = "x") => await hub.Log.AppendAsync([Event(topic, data)], null, default);

        /// <summary>Routes everything that the in-memory log holds.</summary>
        public void RouteAll()
        {
            var after = hub.Routed;
            while (((MemoryEventLog)hub.Log).TryTail(ref after, out var page))
                hub.Route(page);
        }

        public async Task<TestReader> SubscribeAsync(
            StartPosition start = default, string filter = "a", SlowConsumerPolicy policy = SlowConsumerPolicy.Resume, string[]? types = null)
        {
            var reader = new TestReader();
            reader.Subscription = await hub.SubscribeAsync(new([TopicFilter.Parse(filter)], types), start, policy, reader, default);
            return reader;
        }
    }

    /// <summary>What a reader of a subscription does, as far as a test wants it.</summary>
    internal sealed class TestReader : ISubscriber
    {
        private readonly FrameBatch _batch = new();

        public Subscription Subscription { get; set; } = null!;

        public bool IsWoken { get; set; }

        public void Wake() => IsWoken = true;

        /// <summary>Reads until there is nothing more, and gives the blocks: <c>id</c>, or <c>reason@id</c> for a gap.</summary>
        public async Task<string[]> ReadAllAsync()
        {
            List<string> blocks = [];
            IsWoken = false;
            for (var status = ReadStatus.More; status is not (ReadStatus.Idle or ReadStatus.Ended);)
            {
                status = status == ReadStatus.BelowWindow ? await Subscription.ReadLogAsync(_batch, default) : Subscription.Read(_batch);
                foreach (var frame in _batch.Frames)
                    blocks.Add(frame.Type == NewEvent.GapType ? $"{Reason(frame)}@{frame.Id}" : frame.Id.ToString());
                _batch.Clear();
            }

            return [.. blocks];
        }

        public ReadStatus ReadOnce(out int count)
        {
            IsWoken = false;
            var status = Subscription.Read(_batch);
            count = _batch.Count;
            _batch.Clear();
            return status;
        }

        private static string Reason(Frame gap)
        {
            var text = System.Text.Encoding.UTF8.GetString(gap.Bytes.Span);
            var from = text.IndexOf("data: ", StringComparison.Ordinal) + 6;
            using var json = System.Text.Json.JsonDocument.Parse(text[from..text.IndexOf('\n', from)]);
            return json.RootElement.GetProperty("reason").GetString()
                + (json.RootElement.TryGetProperty("missed", out var missed) ? string.Create(CultureInfo.InvariantCulture, $" {missed.GetInt64()}") : "");
        }
    }
}
