using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Curlew.Bench.Fanout.Linux;

namespace Curlew.Bench.Fanout.Load;

/// <summary>
/// The streams of a run, read by one thread of its own: it has to be cheap, for it shares the machine with the server. Streams are opened by one thread,
/// and figures may be read by any; those of a stream after <see cref="Stop"/>.
/// </summary>
internal sealed class StreamPool : IDisposable
{
    private const int BufferBytes = 256 * 1024;
    private const int StalledReceiveBytes = 4 * 1024;
    private const int StreamsPerAddress = 10_000;
    private const int BindAddressNoPort = 24;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReopenPause = TimeSpan.FromMilliseconds(50);

    private readonly IPEndPoint _server;
    private readonly int _dataLength;
    private readonly OpenStream[] _streams;
    private readonly List<OpenStream> _stalled = [];
    private readonly Poll _poll = new();
    private readonly Thread _thread;

    // Streams that broke off: the reader gives them away, and the reopener opens others in their places.
    private readonly Failover? _failover;
    private readonly BlockingCollection<OpenStream> _broken = [];
    private readonly Thread? _reopener;
    private long _gapsOfBroken;
    private long _corruptOfBroken;
    private int _count;
    private volatile bool _isStopping;
    private volatile bool _recordsLatency = true;
    private volatile string? _failure;

    // Written by the reader alone, read by others through the properties.
    private long _bytes;
    private long _received;
    private long _warmReceived;
    private long _lastDelivery;
    private int _heads;
    private int _warm;
    private int _ended;
    private int _caughtUp;
    private long _lastCaughtUp;
    private int _resuming;
    private int _resumeTarget = int.MaxValue;
    private int _history;
    private int _historyTrack;
    private long _now;

    /// <param name="server">Where streams are opened.</param>
    /// <param name="capacity">The most streams it will have.</param>
    /// <param name="dataLength">The length of each event's data.</param>
    /// <param name="failover">Where streams that break off are opened again, if they are; those of <see cref="Open"/> that keep their ids.</param>
    public StreamPool(IPEndPoint server, int capacity, int dataLength, Failover? failover = null)
    {
        _server = server;
        _dataLength = dataLength;
        _streams = new OpenStream[capacity];
        _thread = new(Read) { Name = "Streams", IsBackground = true };
        _thread.Start();
        _failover = failover;
        if (failover is not null)
        {
            _reopener = new(() => Reopen(failover)) { Name = "Reopened streams", IsBackground = true };
            _reopener.Start();
        }
    }

    /// <summary>Why the run cannot go on; null while it can.</summary>
    public string? Failure => _failure;

    /// <summary>Streams whose response has begun, those that were opened again with them.</summary>
    public int Heads => Volatile.Read(ref _heads);

    /// <summary>Streams that have received something stamped.</summary>
    public int Warm => Volatile.Read(ref _warm);

    /// <summary>Streams that the server ended.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Bytes on the wire, heads and framing with them.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Measured events that streams received.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Events of the warm-up that streams received.</summary>
    public long WarmReceived => Volatile.Read(ref _warmReceived);

    /// <summary>When a measured event was last received.</summary>
    public long LastDelivery => Volatile.Read(ref _lastDelivery);

    /// <summary>Resumers that have not caught up.</summary>
    public int Resuming => Volatile.Read(ref _resuming);

    /// <summary>Streams that were opened again and have all that had been published by then.</summary>
    public int CaughtUp => Volatile.Read(ref _caughtUp);

    /// <summary>When the last of them had it.</summary>
    public long LastCaughtUp => Volatile.Read(ref _lastCaughtUp);

    /// <summary>Gaps that streams were told of. To be read after <see cref="Stop"/>.</summary>
    public long Gaps => _gapsOfBroken + Sum(static scanner => scanner.Gaps);

    /// <summary>Events whose data was not what was sent. To be read after <see cref="Stop"/>.</summary>
    public long Corrupt => _corruptOfBroken + Sum(static scanner => scanner.Corrupt);

    /// <summary>Whether latency is recorded.</summary>
    public bool RecordsLatency
    {
        get => _recordsLatency;
        set => _recordsLatency = value;
    }

    /// <summary>From when a measured event was due until a stream had it. To be read after <see cref="Stop"/>.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>The streams that are read. To be looked at after <see cref="Stop"/>.</summary>
    public ReadOnlySpan<OpenStream> Streams => _streams.AsSpan(0, _count);

    /// <summary>Opens a stream and asks for it.</summary>
    public void Open(string path, SequenceCheck check, bool keepsId = false) => Watch(Connect(_server, path, check, keepsId: keepsId)).SendRequest();

    /// <summary>Opens a stream that is never read.</summary>
    public void OpenStalled(string path, SequenceCheck check)
    {
        var stream = Connect(_server, path, check, receiveBytes: StalledReceiveBytes);
        _stalled.Add(stream);
        stream.SendRequest();
    }

    /// <summary>Connects clients that come back; they ask for their streams when <see cref="Resume"/> says so.</summary>
    public void ConnectResumers(int count, string path, string lastId, int historyTrack, int history)
    {
        _historyTrack = historyTrack;
        _history = history;
        for (var i = 0; i < count; i++)
            Watch(Connect(_server, path, new(0, historyTrack + 1), lastId, isResumer: true));
    }

    /// <summary>All resumers ask for their streams now.</summary>
    /// <param name="target">How far the live track is.</param>
    public void Resume(int target)
    {
        _resumeTarget = target;
        Volatile.Write(ref _resuming, _count);
        foreach (var stream in Streams)
            stream.SendRequest();
    }

    /// <summary>Ends the reading, not the streams.</summary>
    public void Stop()
    {
        _isStopping = true;
        if (_thread != Thread.CurrentThread)
            _thread.Join();
        _broken.CompleteAdding();
        _reopener?.Join();
    }

    public void Dispose()
    {
        Stop();
        foreach (var stream in Streams)
            stream.Dispose();
        foreach (var stream in _stalled)
            stream.Dispose();
        _poll.Dispose();
        _broken.Dispose();
    }

    private OpenStream Connect(
        IPEndPoint server, string path, SequenceCheck check, string? lastId = null, bool isResumer = false, bool keepsId = false, int? receiveBytes = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (receiveBytes is { } size)
                socket.ReceiveBufferSize = size;
            // An address has fewer ports than a large run has streams. Which port is decided when it is known where it leads.
            socket.SetRawSocketOption(0, BindAddressNoPort, BitConverter.GetBytes(1));
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + ((_count + _stalled.Count) / StreamsPerAddress))]), 0));
            socket.Connect(server);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var resume = string.IsNullOrEmpty(lastId) ? "" : $"Last-Event-ID: {lastId}\r\n";
        var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server}\r\nAccept: text/event-stream\r\n{resume}\r\n");
        OpenStream stream = null!;
        // The scanner tells of an event by its stream.
        var scanner = new StreamScanner(_dataLength, stamp => Deliver(stream, stamp)) { KeepsId = keepsId, LastId = lastId ?? "" };
        stream = new(socket, path, request) { Check = check, IsResumer = isResumer, Scanner = scanner };
        return stream;
    }

    private OpenStream Watch(OpenStream stream)
    {
        stream.Key = _count++;
        _streams[stream.Key] = stream;
        _poll.Add(stream.Handle, stream.Key);
        return stream;
    }

    private long Sum(Func<StreamScanner, long> count)
    {
        var sum = 0L;
        foreach (var stream in Streams)
            sum += count(stream.Scanner);
        return sum;
    }

    private void Reopen(Failover failover)
    {
        foreach (var broken in _broken.GetConsumingEnumerable())
        {
            // A stream that is not replaced any more is still among the others when they are summed up.
            while (!_isStopping)
            {
                try
                {
                    var stream = Connect(failover.Server, broken.Path, broken.Check, broken.Scanner.LastId, keepsId: true);
                    stream.Key = broken.Key;
                    stream.CatchUpTo = failover.Published(broken.Check);
                    _gapsOfBroken += broken.Scanner.Gaps;
                    _corruptOfBroken += broken.Scanner.Corrupt;
                    _streams[stream.Key] = stream;
                    stream.SendRequest();
                    // From here on it is the reader's.
                    _poll.Add(stream.Handle, stream.Key);
                    break;
                }
                catch (SocketException)
                {
                    Thread.Sleep(ReopenPause);
                }
            }
        }
    }

    private void Read()
    {
        var buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
        try
        {
            while (!_isStopping)
            {
                var ready = _poll.Wait(Turn);
                for (var i = 0; i < ready; i++)
                    Read(_streams[_poll.Key(i)], buffer);
            }
        }
        catch (Exception e) when (e is InvalidDataException or System.ComponentModel.Win32Exception)
        {
            _failure = e.Message;
        }
    }

    private void Read(OpenStream stream, byte[] buffer)
    {
        if (stream.IsClosed)
            return;
        var count = Poll.Receive(stream.Handle, buffer);
        if (count == -1)
            return;
        if (count <= 0)
        {
            End(stream);
            return;
        }

        _now = Clock.Now;
        Volatile.Write(ref _bytes, _bytes + count);
        var hadHead = stream.Scanner.Status != 0;
        stream.Scanner.Read(buffer.AsSpan(0, count));
        if (!hadHead && stream.Scanner.Status is var status and not 0)
        {
            Volatile.Write(ref _heads, _heads + 1);
            if (status != 200)
                _failure = $"A stream was answered with status {status}.";
            NoteCatchUp(stream);
        }

        if (stream.Scanner.IsOver)
            End(stream);
    }

    private void End(OpenStream stream)
    {
        stream.Dispose();
        Volatile.Write(ref _ended, _ended + 1);
        if (stream.IsResumer)
            Volatile.Write(ref _resuming, _resuming - 1);
        if (_failover is not null && !_isStopping)
            _broken.Add(stream);
    }

    private void NoteCatchUp(OpenStream stream)
    {
        if (stream.CatchUpTo is not { } target || stream.Check.Progress < target)
            return;
        stream.CatchUpTo = null;
        Volatile.Write(ref _lastCaughtUp, _now);
        Volatile.Write(ref _caughtUp, _caughtUp + 1);
    }

    private void Deliver(OpenStream stream, Stamp stamp)
    {
        if (stream.IsClosed)
            return;
        if (stamp.Phase == Phase.WarmUp)
        {
            Volatile.Write(ref _warmReceived, _warmReceived + 1);
            if (!stream.IsWarm)
            {
                stream.IsWarm = true;
                Volatile.Write(ref _warm, _warm + 1);
            }

            return;
        }

        stream.Check.Accept(stamp.Track, stamp.Number);
        Volatile.Write(ref _lastDelivery, _now);
        Volatile.Write(ref _received, _received + 1);
        NoteCatchUp(stream);
        if (stream.IsResumer)
            LeaveWhenCaughtUp(stream);
        else if (_recordsLatency)
            Latency.Record(_now - stamp.Due);
    }

    private void LeaveWhenCaughtUp(OpenStream stream)
    {
        if (stream.Check.Next(_historyTrack) < _history || stream.Check.Next(0) < _resumeTarget)
            return;
        stream.Dispose();
        Volatile.Write(ref _resuming, _resuming - 1);
    }
}
