using System.Net.ServerSentEvents;

namespace Curlew.Client;

/// <summary>What a worker reads.</summary>
/// <param name="Name">The name of the event source.</param>
/// <param name="Url">The URL of the stream.</param>
/// <param name="Parser">Makes the data of an event.</param>
internal sealed record WorkerSource<T>(string Name, Uri Url, SseItemParser<T> Parser);
