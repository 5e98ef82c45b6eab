using System.Net;

namespace Curlew.Testing;

/// <summary>What a <see cref="RawStream"/> asks, and from where.</summary>
public sealed record RawStreamOptions
{
    /// <summary>The options of a plain GET.</summary>
    public static RawStreamOptions Default { get; } = new();

    /// <summary>The method; GET by default.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The headers, sent as they are. <c>Host</c> and <c>Accept: text/event-stream</c> are added if they are missing.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The address to connect from, such as 127.0.0.7; the system's choice by default.</summary>
    public IPAddress? LocalAddress { get; init; }

    /// <summary>SO_RCVBUF in bytes, which Linux doubles; the system's choice by default.</summary>
    public int? ReceiveBufferBytes { get; init; }
}
