namespace Curlew.Hub.Tail;

/// <summary>When <c>tail</c> ends by itself.</summary>
/// <param name="Count">After so many events; null for never.</param>
/// <param name="Silence">When no event has come for so long; null for never.</param>
internal sealed record TailEnd(long? Count, TimeSpan? Silence);
