namespace Curlew.Hub.LivePage;

/// <summary>The connections as the live page shows them: those that need an eye first, no more than a page can show.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Behind">How many of them are behind, or do not read.</param>
/// <param name="Shown">The first ones.</param>
internal sealed record LiveConnections(int Total, int Behind, IReadOnlyList<LiveConnections.Connection> Shown)
{
    public const int MaxShown = 100;

    // A write takes a moment; one that takes longer waits for its client.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static LiveConnections Of(IReadOnlyList<EventStreamConnectionInfo> open) => new(
        open.Count,
        open.Count(IsBehind),
        [
            .. open.OrderByDescending(IsBehind)
                .ThenByDescending(static connection => connection.Lag)
                .ThenByDescending(static connection => connection.PendingWrite)
                .ThenByDescending(static connection => connection.Age)
                .Take(MaxShown)
                .Select(static connection => new Connection(connection)),
        ]);

    private static bool IsBehind(EventStreamConnectionInfo connection) => !connection.IsLive || connection.PendingWrite >= Patience;

    /// <summary>One row.</summary>
    internal sealed class Connection(EventStreamConnectionInfo connection)
    {
        public string Id { get; } = connection.Id;

        public string Path { get; } = connection.Path;

        public IReadOnlyList<string> Topics { get; } = connection.Topics;

        public IReadOnlyCollection<string> Types { get; } = connection.Types;

        public double AgeSeconds { get; } = connection.Age.TotalSeconds;

        public bool IsLive { get; } = connection.IsLive;

        public double LagSeconds { get; } = connection.Lag.TotalSeconds;

        public int Queued { get; } = connection.QueuedEvents;

        public double StuckSeconds { get; } = connection.PendingWrite >= Patience ? connection.PendingWrite.TotalSeconds : 0;

        public long Events { get; } = connection.EventsSent;

        public long Bytes { get; } = connection.BytesSent;

        public string? Address { get; } = connection.RemoteAddress;

        public string? User { get; } = connection.UserId;

        public string? LastId { get; } = connection.LastEventId;

        public bool IsClosing { get; } = connection.CloseReason != CloseReason.None;
    }
}
