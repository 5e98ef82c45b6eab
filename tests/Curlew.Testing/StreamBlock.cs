using System.Diagnostics;

namespace Curlew.Testing;

/// <summary>A block of an event stream: the lines up to a blank one.</summary>
/// <param name="Id">The value of the last <c>id</c> line, if there was one that counts.</param>
/// <param name="Type">The value of the last <c>event</c> line, if there was one.</param>
/// <param name="Data">The values of the <c>data</c> lines, joined by LF; null if there was none, and so no event.</param>
/// <param name="Retry">The value of the last well-formed <c>retry</c> line, in milliseconds.</param>
/// <param name="Comment">The comments, joined by LF, each without its colon and the space after it.</param>
/// <param name="LastEventId">The client's last event id once the block has ended.</param>
/// <param name="Arrived">When the bytes that ended the block were received: <see cref="Stopwatch.GetTimestamp"/>.</param>
public sealed record StreamBlock(string? Id, string? Type, string? Data, int? Retry, string? Comment, string LastEventId, long Arrived)
{
    /// <summary>Whether a client dispatches it.</summary>
    public bool IsEvent => Data is not null;

    /// <summary>The type that a client dispatches it as.</summary>
    public string EffectiveType => string.IsNullOrEmpty(Type) ? "message" : Type;
}
