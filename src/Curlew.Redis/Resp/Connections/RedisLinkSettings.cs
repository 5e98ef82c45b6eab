using Microsoft.Extensions.Logging;

namespace Curlew.Redis.Resp;

/// <summary>What all links of a client share.</summary>
/// <param name="Delay">The pauses between attempts.</param>
/// <param name="MaxDelay">The longest of them, for the log.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The log.</param>
/// <param name="News">Where they tell each other of a server that is back.</param>
/// <param name="Changed">Told of every change. It must not block or throw.</param>
internal sealed record RedisLinkSettings(
    ReconnectDelay Delay, TimeSpan MaxDelay, TimeProvider Time, ILogger Logger, ServerNews News, Action<RedisConnectionChange> Changed);
