namespace Curlew.Redis.Resp;

/// <summary>What happened to a connection.</summary>
internal enum ConnectionChangeKind
{
    /// <summary>Made for the first time.</summary>
    Established,

    /// <summary>Made again after a loss. What happened at the server meanwhile, nobody tells.</summary>
    Restored,

    /// <summary>Lost.</summary>
    Lost,

    /// <summary>An attempt to make it failed; another follows.</summary>
    Failed,
}
