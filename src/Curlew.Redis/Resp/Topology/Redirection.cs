using System.Globalization;

namespace Curlew.Redis.Resp;

/// <summary>Where a cluster's node sends a client: the rest of <c>MOVED 3999 127.0.0.1:6381</c> or of the same with <c>ASK</c>.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Target">The server to go to.</param>
internal readonly record struct Redirection(int Slot, RedisEndpoint Target)
{
    /// <summary>Reads a refusal.</summary>
    /// <param name="refusal">The server's error.</param>
    /// <param name="asked">The server that was asked; it stands for a host that is not named.</param>
    /// <param name="redirection">Where to go.</param>
    /// <returns>Whether the error is a redirection.</returns>
    public static bool TryRead(RedisServerException refusal, RedisEndpoint asked, out Redirection redirection)
    {
        redirection = default;
        if (refusal.Code is not ("MOVED" or "ASK"))
            return false;
        var parts = refusal.Message.Split(' ');
        var colon = parts.Length == 3 ? parts[2].LastIndexOf(':') : -1;
        if (colon < 0
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var slot) || slot >= HashSlot.Count
            || !int.TryParse(parts[2].AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        // An IPv6 address stands here without brackets.
        var host = parts[2][..colon].Trim('[', ']');
        redirection = new(slot, new(host is "" or "?" ? asked.Host : host, port));
        return true;
    }
}
