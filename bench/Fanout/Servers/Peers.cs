namespace Curlew.Bench.Fanout.Servers;

/// <summary>The servers, in the order of the table. To compare another, add it here.</summary>
internal static class Peers
{
    /// <summary>The one that ratios are to.</summary>
    public const string Rival = "nchan-2";

    /// <summary>The one that shows what the kernel alone costs.</summary>
    public const string Floor = "floor";

    public static IReadOnlyList<Peer> All { get; } =
        [new CurlewPeer(), new CurlewRedisPeer(), new NchanPeer(2), new NchanPeer(1), new PlatformPeer(), new BetterSsePeer(), new StarlettePeer(), new FloorPeer()];
}
