namespace Curlew.Redis.Resp;

/// <summary>
/// The server refused: it answered with an error. The command had no effect, unless it was a script that failed on its way.
/// The connection is as good as before.
/// </summary>
internal sealed class RedisServerException : Exception
{
    private RedisServerException(string code, string message)
        : base(message) => Code = code;

    /// <summary>
    /// The first word of the error where it is in capitals, as <c>WRONGTYPE</c>, <c>NOSCRIPT</c>, <c>LOADING</c>, <c>READONLY</c>, <c>MOVED</c>,
    /// <c>ASK</c>, <c>CLUSTERDOWN</c>, <c>NOPERM</c>, <c>OOM</c>; otherwise <c>ERR</c>.
    /// </summary>
    public string Code { get; }

    /// <summary>Reads the text of an error reply. The arguments of an unknown command, which Redis repeats, are left out: a password may be among them.</summary>
    public static RedisServerException Parse(string text)
    {
        var arguments = text.IndexOf(", with args beginning with", StringComparison.Ordinal);
        if (arguments >= 0)
            text = text[..arguments];
        var end = text.IndexOf(' ', StringComparison.Ordinal);
        var code = end < 0 ? text : text[..end];
        return new(code.Length > 0 && code.All(static c => char.IsAsciiLetterUpper(c)) ? code : "ERR", text);
    }
}
