namespace Curlew.Protocol;

/// <summary>What an <see cref="EventStreamItem"/> is.</summary>
public enum EventStreamItemKind
{
    /// <summary>A block with data: an event to dispatch.</summary>
    Event,

    /// <summary>A block without data that set the last event id, as keep-alives that carry a position do. Nothing is to be dispatched.</summary>
    Id,

    /// <summary>A comment line, only where <see cref="EventStreamParserOptions.ReadComments"/> asks for them.</summary>
    Comment,
}
