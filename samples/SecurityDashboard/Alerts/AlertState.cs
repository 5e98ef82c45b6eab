using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecurityDashboard.Alerts;

/// <summary>Where an alert is in its life, which goes one way: each state follows the one before it.</summary>
[JsonConverter(typeof(AlertStateJsonConverter))]
internal enum AlertState
{
    New,
    Acknowledged,
    Resolved,
}

/// <summary>Writes a state as its name in small letters.</summary>
internal sealed class AlertStateJsonConverter() : JsonStringEnumConverter<AlertState>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
