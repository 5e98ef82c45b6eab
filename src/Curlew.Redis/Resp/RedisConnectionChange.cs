namespace Curlew.Redis.Resp;

/// <summary>A connection came or went.</summary>
/// <param name="purpose">What it is for.</param>
/// <param name="kind">What happened.</param>
/// <param name="reason">Why it went, or could not be made; null where it was made.</param>
internal sealed class RedisConnectionChange(ConnectionPurpose purpose, ConnectionChangeKind kind, string? reason) : EventArgs
{
    public ConnectionPurpose Purpose { get; } = purpose;

    public ConnectionChangeKind Kind { get; } = kind;

    public string? Reason { get; } = reason;
}
