namespace Curlew;

/// <summary>How the entries of a Redis Stream that others write become events.</summary>
public sealed class RedisStreamOptions
{
    /// <summary>Default of <see cref="DataField"/>: <c>payload</c>.</summary>
    public const string DefaultDataField = "payload";

    /// <summary>The field that holds an event's data, as UTF-8. Default: <c>payload</c>.</summary>
    public string DataField { get; set; } = DefaultDataField;

    /// <summary>The type of every event that has none of its own. Default: none, which means <c>message</c>.</summary>
    public string? Type { get; set; }

    /// <summary>The field that holds an entry's own type. Default: none.</summary>
    public string? TypeField { get; set; }

    /// <summary>
    /// The field that holds an entry's topics, one a line. Default: none: the events have no topic, and those see them who subscribe to everything.
    /// </summary>
    public string? TopicField { get; set; }

    /// <summary>
    /// Whether an entry without the data field is skipped, and counted as such. Default: no: its data is then <c>{}</c>.
    /// </summary>
    public bool SkipWithoutData { get; set; }
}
