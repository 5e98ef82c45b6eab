namespace Curlew.Hub.Publishing;

/// <summary>When a batch is sent.</summary>
/// <param name="MaxLines">It has so many lines.</param>
/// <param name="Delay">So long has passed since its first line.</param>
internal sealed record BatchLimits(int MaxLines, TimeSpan Delay)
{
    /// <summary>It has so many bytes, or would have with the next line; only a single line may exceed it.</summary>
    public int MaxBytes { get; init; } = 512 * 1024;
}
