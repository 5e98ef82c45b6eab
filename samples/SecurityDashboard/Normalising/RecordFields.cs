using System.Collections.Frozen;
using System.Globalization;

namespace SecurityDashboard.Normalising;

/// <summary>The fields of a record by the names that rules use.</summary>
internal static class RecordFields
{
    private static readonly FrozenDictionary<string, Func<LogRecord, string?>> Texts = new Dictionary<string, Func<LogRecord, string?>>(StringComparer.Ordinal)
    {
        ["source"] = static record => record.Source,
        ["host"] = static record => record.Host,
        ["program"] = static record => record.Program,
        ["user"] = static record => record.User,
        ["address"] = static record => record.Address,
        ["action"] = static record => record.Action,
        ["outcome"] = static record => record.Outcome,
        ["target"] = static record => record.Target,
        ["method"] = static record => record.Method,
        ["message"] = static record => record.Message,
        ["status"] = static record => record.Status?.ToString(CultureInfo.InvariantCulture),
        ["bytes"] = static record => record.Bytes?.ToString(CultureInfo.InvariantCulture),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Func<LogRecord, long?>> Numbers = new Dictionary<string, Func<LogRecord, long?>>(StringComparer.Ordinal)
    {
        ["bytes"] = static record => record.Bytes,
        ["status"] = static record => record.Status,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyList<string> Names { get; } = [.. Texts.Keys.Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> NumberNames { get; } = [.. Numbers.Keys.Order(StringComparer.Ordinal)];

    public static bool IsField(string name) => Texts.ContainsKey(name);

    public static bool IsNumber(string name) => Numbers.ContainsKey(name);

    public static string? Text(LogRecord record, string field) => Texts[field](record);

    public static long? Number(LogRecord record, string field) => Numbers[field](record);
}
