using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecurityDashboard.Classification;

/// <summary>How much a record or an alert matters, from least to most.</summary>
[JsonConverter(typeof(SeverityJsonConverter))]
internal enum Severity
{
    /// <summary>Nothing is known about it: the line could not be read.</summary>
    Unknown,
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// <summary>Writes a severity as its name in small letters.</summary>
internal sealed class SeverityJsonConverter() : JsonStringEnumConverter<Severity>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
