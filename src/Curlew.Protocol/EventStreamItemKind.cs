namespace Curlew.Protocol;

/// <summary>What an <see cref="EventStreamItem"/> is.</summary>
public enum EventStreamItemKind
{
    /// <summary>A block with data: an event to dispatch.</summary>
    Event,

    /// <summary>A block without data that sets the last event id, as a keep-alive with a position does: nothing to dispatch.</summary>
    Id,

    /// <summary>A comment line, only where <see cref="EventStreamParserOptions.ReadComments"/> asks for them.</summary>
    Comment,
}
