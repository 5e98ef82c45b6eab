using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>A client of a node, without HTTP: it reads at once whatever its subscription has for it.</summary>
/// <param name="pace">What it waits for before each read, by how many blocks it has heard; nothing if null.</param>
internal sealed class Client(Func<int, Task>? pace = null) : ISubscriber
{
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private Hub? _hub;
    private Subscription? _subscription;

    // Protects the list.
    private readonly List<(string Text, string? Type, EventId Id)> _heard = [];

    /// <summary>The data of all events, and gaps as <c>!reason</c>, words apart.</summary>
    public string Heard => string.Join(' ', All.Select(static e => e.Text));

    public IReadOnlyList<(string Text, string? Type, EventId Id)> All
    {
        get
        {
            lock (_heard)
                return [.. _heard];
        }
    }

    /// <summary>The id of the first block; none where a gap came first.</summary>
    public EventId? JoinedAt { get; private set; }

    /// <summary>What it would come back with.</summary>
    public StartPosition Resume => StartPosition.After(All[^1].Id.ToString());

    public void Begin(Hub hub, Subscription subscription)
    {
        (_hub, _subscription, JoinedAt) = (hub, subscription, subscription.JoinedAt);
        _ = Task.Run(() => ReadAsync(subscription));
    }

    /// <summary>Ends its stream. What it has heard by then is what it was sent.</summary>
    public IReadOnlyList<(string Text, string? Type, EventId Id)> Leave()
    {
        var heard = All;
        _hub!.Leave(_subscription!);
        Wake();
        return heard;
    }

    public async Task HearsAsync(string expected)
    {
        try
        {
            await Eventually.UntilAsync(() => Heard == expected);
        }
        catch (TimeoutException)
        {
            Heard.ShouldBe(expected);
        }
    }

    public void Wake() => _wakes.Writer.TryWrite(true);

    private async Task ReadAsync(Subscription subscription)
    {
        var batch = new FrameBatch();
        while (true)
        {
            if (pace is not null)
                await pace(All.Count);
            ReadStatus status;
            try
            {
                status = subscription.Read(batch);
                if (status == ReadStatus.BelowWindow)
                    status = await subscription.ReadLogAsync(batch, TestContext.Current.CancellationToken);
            }
            catch (EventLogUnavailableException)
            {
                // As a connection does: it ends, and its client comes back. Here it waits.
                await Task.Delay(20, TestContext.Current.CancellationToken);
                continue;
            }

            lock (_heard)
            {
                foreach (var frame in batch.Frames)
                    _heard.Add((TextOf(frame), frame.Type, frame.Id));
            }

            batch.Clear();
            if (status == ReadStatus.Ended)
                return;
            if (status == ReadStatus.Idle)
                await _wakes.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }
    }

    private static string TextOf(Frame frame)
    {
        var lines = Encoding.UTF8.GetString(frame.Bytes.Span).Split('\n').Where(static line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(static line => line[6..]);
        var data = string.Join('\n', lines);
        if (frame.Type != NewEvent.GapType)
            return data;
        using var json = JsonDocument.Parse(data);
        return "!" + json.RootElement.GetProperty("reason").GetString();
    }
}
