namespace Curlew;

/// <summary>Why a stream was refused for now.</summary>
internal enum RefusalReason
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>The host stops.</summary>
    Draining,

    /// <summary>The limit of all connections.</summary>
    MaxConnections,

    /// <summary>The limit per address.</summary>
    MaxConnectionsPerAddress,

    /// <summary>The limit per user.</summary>
    MaxConnectionsPerUser,

    /// <summary>The log cannot be read.</summary>
    LogUnavailable,
}
