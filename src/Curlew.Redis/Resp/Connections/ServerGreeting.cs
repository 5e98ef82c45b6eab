namespace Curlew.Redis.Resp;

/// <summary>What a server said of itself in the handshake.</summary>
/// <param name="Protocol">2 or 3: the version of RESP that is spoken.</param>
/// <param name="Mode"><c>standalone</c>, <c>cluster</c> or <c>sentinel</c>; null where it was not said.</param>
/// <param name="ClientId">The connection's number at the server, as CLIENT UNBLOCK takes it.</param>
internal sealed record ServerGreeting(int Protocol, string? Mode, long? ClientId)
{
    public static ServerGreeting Unknown { get; } = new(2, null, null);
}
