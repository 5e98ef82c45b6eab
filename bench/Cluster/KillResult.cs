using System.Globalization;
using Curlew.Bench.Fanout.Reports;

namespace Curlew.Bench.Cluster;

/// <summary>What came of it when a process was killed.</summary>
internal sealed record KillResult
{
    /// <summary>Events that were published.</summary>
    public required long Published { get; init; }

    /// <summary>How many times they must be received, all clients together.</summary>
    public required long Expected { get; init; }

    /// <summary>How many times they were.</summary>
    public required long Received { get; init; }

    /// <summary>From the first event until the last delivery.</summary>
    public required double Seconds { get; init; }

    /// <summary>Clients of the process that was killed.</summary>
    public required int Clients { get; init; }

    /// <summary>Those of them that came back and caught up.</summary>
    public required int Reconnects { get; init; }

    /// <summary>From the kill until the last of them had all that had been published by the time it came back.</summary>
    public required double CatchUpSeconds { get; init; }

    /// <summary>Publishers that went on at the other process.</summary>
    public required int MovedPublishers { get; init; }

    /// <summary>Streams that ended beside those of the process that was killed.</summary>
    public required int Ended { get; init; }

    /// <summary>Gaps that clients were told of; as nothing was lost, each is one too many.</summary>
    public required long Gaps { get; init; }

    /// <summary>Deliveries that did not come.</summary>
    public required long Lost { get; init; }

    /// <summary>Deliveries that came again, or after a later one.</summary>
    public required long Repeated { get; init; }

    /// <summary>Deliveries of what was not asked for, or with data that is not what was sent.</summary>
    public required long Wrong { get; init; }

    /// <summary>Whether every client got everything, once and in order, and heard of nothing else.</summary>
    public bool IsComplete => Reconnects == Clients && (Ended, Gaps, Lost, Repeated, Wrong) is (0, 0, 0, 0, 0);

    /// <summary>The table.</summary>
    public string Write() => MarkdownTable.Write(
        [
            ["one of two processes killed", ""],
            ["events published", Number(Published)],
            ["deliveries expected", Number(Expected)],
            ["deliveries", Number(Received)],
            ["deliveries a second", Number(Seconds == 0 ? 0 : (long)(Received / Seconds))],
            ["clients of the killed process", Number(Clients)],
            ["clients that came back", Number(Reconnects)],
            ["last client caught up, s after the kill", CatchUpSeconds.ToString("0.00", CultureInfo.InvariantCulture)],
            ["publishers that went on at the other", Number(MovedPublishers)],
            ["other streams that ended", Number(Ended)],
            ["gaps", Number(Gaps)],
            ["lost", Number(Lost)],
            ["repeated or out of order", Number(Repeated)],
            ["wrong", Number(Wrong)],
        ],
        static column => column == 0);

    private static string Number(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
