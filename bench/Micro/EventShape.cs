namespace Curlew.Micro;

/// <summary>What the events of a stream look like, and how its bytes come.</summary>
public enum EventShape
{
    /// <summary>20 bytes of data, without id and type.</summary>
    Small,

    /// <summary>200 bytes of data, with id and type, as a hub sends them.</summary>
    Typical,

    /// <summary>The same with CRLF.</summary>
    TypicalCrLf,

    /// <summary>The same, 100 bytes at a time.</summary>
    TypicalChunked,

    /// <summary>20 lines of 50 bytes.</summary>
    MultiLine,

    /// <summary>One line of 16,000 bytes.</summary>
    Large,
}
