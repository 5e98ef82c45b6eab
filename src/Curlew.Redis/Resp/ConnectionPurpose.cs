namespace Curlew.Redis.Resp;

/// <summary>What a connection is for.</summary>
internal enum ConnectionPurpose
{
    /// <summary>The commands of everyone.</summary>
    Commands,

    /// <summary>One caller's blocking reads.</summary>
    BlockingReads,

    /// <summary>Messages of pub/sub.</summary>
    PubSub,

    /// <summary>A sentinel's news.</summary>
    Sentinel,
}
