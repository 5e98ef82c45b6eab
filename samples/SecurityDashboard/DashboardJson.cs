using System.Text.Json;
using System.Text.Json.Serialization;
using SecurityDashboard.Alerts;
using SecurityDashboard.Normalising;
using SecurityDashboard.Scenarios;

namespace SecurityDashboard;

/// <summary>How events are written as JSON. What is null is left out.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LogRecord))]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(ScenarioProgress))]
internal sealed partial class DashboardJson : JsonSerializerContext;
