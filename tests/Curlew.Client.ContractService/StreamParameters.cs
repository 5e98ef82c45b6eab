using System.Text.Json.Serialization;

namespace Curlew.Client.ContractService;

/// <summary>The client that the harness asks for.</summary>
internal sealed record StreamParameters(
    Uri StreamUrl,
    Uri CallbackUrl,
    string? Tag = null,
    double? InitialDelayMs = null,
    double? ReadTimeoutMs = null,
    string? LastEventId = null,
    string? Method = null,
    string? Body = null,
    Dictionary<string, string>? Headers = null);

/// <summary>What the harness tells a client to do.</summary>
internal sealed record Command([property: JsonPropertyName("command")] string Name);

/// <summary>What a client tells the harness.</summary>
internal sealed record Message(
    string Kind,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MessageEvent? Event = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Comment = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null);

/// <summary>An event, as a client got it.</summary>
internal sealed record MessageEvent(string Type, string Data, string Id);
