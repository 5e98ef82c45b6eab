namespace Curlew.Redis.Resp;

/// <summary>How much one reply may ask of this process.</summary>
/// <param name="MaxReplyBytes">The longest reply in bytes, with all that is nested in it; 256 MiB by default.</param>
/// <param name="MaxDepth">How deep aggregates may nest; 32 by default. Redis itself nests five deep at most in what is used here.</param>
internal sealed record RespLimits(long MaxReplyBytes = 256L << 20, int MaxDepth = 32)
{
    /// <summary>The longest line: a simple string, an error, a number, or the header of anything else.</summary>
    public const int MaxLineBytes = 64 * 1024;

    public static RespLimits Default { get; } = new();
}
