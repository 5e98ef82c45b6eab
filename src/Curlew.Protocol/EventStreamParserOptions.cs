namespace Curlew.Protocol;

/// <summary>How an <see cref="EventStreamParser"/> reads.</summary>
public sealed class EventStreamParserOptions
{
    /// <summary>The default of <see cref="MaxBlockBytes"/>: 16 MiB.</summary>
    public const int DefaultMaxBlockBytes = 16 * 1024 * 1024;

    /// <summary>
    /// The most bytes that may be held for one block: the type, id and data read so far, and the line being read. At least 1;
    /// the default is <see cref="DefaultMaxBlockBytes"/>. What has been passed over (comments, unknown fields) no longer counts,
    /// so a stream of nothing but comments may go on forever.
    /// </summary>
    public int MaxBlockBytes { get; init; } = DefaultMaxBlockBytes;

    /// <summary>Whether comments are read too. By default they are passed over.</summary>
    public bool ReadComments { get; init; }

    /// <summary>The last event id to begin with, from an earlier connection. The default is empty: none.</summary>
    public string LastEventId { get; init; } = "";
}
