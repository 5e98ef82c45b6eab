namespace Curlew.Bench.Fanout.Runs;

/// <summary>What one run of one server gave.</summary>
internal sealed record Sample
{
    /// <summary>Measured events received, resumed ones with them.</summary>
    public required long Deliveries { get; init; }

    /// <summary>Deliveries a second, from the first event until the last delivery.</summary>
    public required double DeliveriesPerSecond { get; init; }

    /// <summary>CPU time of the server's processes for each delivery, user and kernel, in microseconds.</summary>
    public required double ServerMicroseconds { get; init; }

    /// <summary>The part of it that the server's store took; null if it has none.</summary>
    public double? StoreMicroseconds { get; init; }

    /// <summary>CPU time of the load generator for each delivery, in microseconds.</summary>
    public required double GeneratorMicroseconds { get; init; }

    /// <summary>From when an event was due until it was received, in milliseconds.</summary>
    public required double MedianMilliseconds { get; init; }

    public required double P99Milliseconds { get; init; }

    public required double MaxMilliseconds { get; init; }

    /// <summary>Bytes received for each delivery, framing with them.</summary>
    public required double BytesPerDelivery { get; init; }

    /// <summary>The server's resident memory at the end, in MiB.</summary>
    public required double ResidentMegabytes { get; init; }

    /// <summary>What the sockets of the machine hold at the end more than at the start, in MiB.</summary>
    public required double SocketMegabytes { get; init; }

    /// <summary>Resident memory for each idle stream, in KiB; null where it is not measured.</summary>
    public double? IdleKilobytes { get; init; }

    /// <summary>From the moment at which clients came back until the last of them had caught up, in seconds; null where none did.</summary>
    public double? CatchUpSeconds { get; init; }

    /// <summary>Deliveries that did not come.</summary>
    public required long Lost { get; init; }

    /// <summary>Deliveries that came twice, or after a later one.</summary>
    public required long Disordered { get; init; }

    /// <summary>Deliveries of what was not asked for, or with data that is not what was sent.</summary>
    public required long Wrong { get; init; }

    /// <summary>Streams that the server ended, resumers that had caught up apart.</summary>
    public required int Ended { get; init; }

    /// <summary>Whether every stream got everything, once and in order.</summary>
    public bool IsComplete => (Lost, Disordered, Wrong) is (0, 0, 0);
}
