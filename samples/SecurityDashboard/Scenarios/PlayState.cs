using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecurityDashboard.Scenarios;

/// <summary>What a scenario is doing.</summary>
[JsonConverter(typeof(PlayStateJsonConverter))]
internal enum PlayState
{
    Stopped,
    Playing,
    Paused,
    Finished,
}

/// <summary>Writes a state as its name in small letters.</summary>
internal sealed class PlayStateJsonConverter() : JsonStringEnumConverter<PlayState>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
