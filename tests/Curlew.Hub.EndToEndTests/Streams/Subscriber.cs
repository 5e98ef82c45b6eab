using System.Net.Sockets;

namespace Curlew.Hub.EndToEndTests.Streams;

/// <summary>A client as a browser has it: it reads on and, whenever its stream ends or breaks, comes back with its last event id.</summary>
/// <param name="port">Where it connects: the hub's port, or that of a proxy.</param>
/// <param name="query">What it asks for.</param>
internal sealed class Subscriber(int port, string query)
{
    private readonly List<string> _data = [];
    private RawStream? _stream;

    /// <summary>The data of the events so far, without gaps. To be read while it does not run, or for its count.</summary>
    public IReadOnlyList<string> Data => _data;

    public int Gaps { get; private set; }

    /// <summary>How often it was given a stream.</summary>
    public int Streams { get; private set; }

    public string LastEventId { get; private set; } = "";

    /// <summary>The counts of events at which it breaks its stream off, ascending, and how many more the hub is to have sent before it comes back.</summary>
    public Queue<(int After, int Missed)> Breaks { get; init; } = [];

    /// <summary>The newest count that somebody who stays has received: what "missed" is measured by.</summary>
    public Func<int> Newest { get; init; } = static () => 0;

    /// <summary>Runs until so many events have been received.</summary>
    public async Task RunUntilAsync(int count, CancellationToken cancellationToken)
    {
        while (_data.Count < count)
        {
            var stream = _stream ??= await ConnectAsync(cancellationToken);
            try
            {
                if (await stream.ReadEventAsync(cancellationToken) is not { } block)
                    Leave();
                else if (block.Type == "gap")
                    Gaps++;
                else
                    _data.Add(block.Data!);
                if (stream.LastEventId.Length > 0)
                    LastEventId = stream.LastEventId;
            }
            catch (IOException)
            {
                Leave();
            }

            if (Breaks.TryPeek(out var at) && _data.Count >= at.After && _stream is not null)
            {
                Breaks.Dequeue();
                Leave();
                // Who stays may be near the end already.
                var target = Math.Min(Math.Max(Newest(), _data.Count) + at.Missed, count);
                await Eventually.UntilAsync(() => Newest() >= target, TimeSpan.FromMinutes(1));
            }
        }
    }

    /// <summary>Breaks the stream off.</summary>
    public void Leave()
    {
        _stream?.Abort();
        _stream = null;
    }

    private async Task<RawStream> ConnectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var options = new RawStreamOptions { Headers = LastEventId.Length > 0 ? [("Last-Event-ID", LastEventId)] : [] };
                var stream = await RawStream.ConnectAsync(port, $"/events?{query}", options, cancellationToken);
                // One of a stated length is the proxy's, for a hub that is away.
                if (stream.Status == 200 && stream.Headers.ContainsKey("Transfer-Encoding"))
                {
                    Streams++;
                    return stream;
                }

                stream.Dispose();
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Nobody there, or not yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }
}
