using System.Text.Json;

namespace Curlew.Hub.Serve;

/// <summary>The shape of an event in a request, for descriptions of the interface. Requests are read by <see cref="PublishRequest"/>, field by field.</summary>
/// <param name="Topics">The topics; at least one.</param>
/// <param name="Data">A text, sent as it is, or any other value, sent as JSON.</param>
/// <param name="Type">The type.</param>
/// <param name="Retry">The reconnection time to set, in milliseconds.</param>
/// <param name="Key">Makes the request idempotent.</param>
internal sealed record PublishedEvent(string[] Topics, JsonElement Data, string? Type = null, int? Retry = null, string? Key = null);
