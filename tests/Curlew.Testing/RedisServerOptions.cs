namespace Curlew.Testing;

/// <summary>How a <see cref="RedisUnderTest"/> is to be.</summary>
public sealed record RedisServerOptions
{
    /// <summary>The password of the user <c>default</c>; none if null.</summary>
    public string? Password { get; init; }

    /// <summary>The certificate to serve TLS with, and nothing but TLS.</summary>
    public TestCertificate? Tls { get; init; }

    /// <summary>Whether every write is on disk before it is acknowledged.</summary>
    public bool AppendOnly { get; init; }

    /// <summary>Whether it is a node for a cluster.</summary>
    public bool IsCluster { get; init; }

    /// <summary>Whether it is a sentinel.</summary>
    public bool IsSentinel { get; init; }

    /// <summary>Lines of a configuration file, which a sentinel needs.</summary>
    public string? Configuration { get; init; }

    /// <summary>More arguments, such as <c>--replicaof</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
