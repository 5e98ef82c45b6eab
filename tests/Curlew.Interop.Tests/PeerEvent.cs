namespace Curlew.Interop.Tests;

/// <summary>An event as the other side has it. An id that it has not is null.</summary>
internal sealed record PeerEvent(string Type, string Data, string? Id);
