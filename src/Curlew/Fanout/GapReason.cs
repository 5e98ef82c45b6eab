namespace Curlew;

/// <summary>Why a client could not be given every event; the <c>reason</c> of a <c>gap</c> event, in lower case.</summary>
internal enum GapReason
{
    /// <summary>What followed the client's position is no longer retained.</summary>
    Trimmed,

    /// <summary>The id lies within what is retained and names no event: it is of another log. Events may repeat.</summary>
    Unknown,

    /// <summary>The id lies above the newest event, or the log lost what it had.</summary>
    Lost,

    /// <summary>The last event id is not one.</summary>
    Malformed,

    /// <summary>The client read too slowly, and its policy is to drop.</summary>
    Dropped,
}
