using Curlew.Protocol;

namespace Curlew;

/// <summary>How far a subscription had come at one moment.</summary>
/// <param name="LastEventId">The id that the client would come back with.</param>
/// <param name="IsLive">Whether events are queued for it as they come; else it reads on from the window or the log.</param>
/// <param name="Queued">How many events are queued.</param>
/// <param name="Waiting">Where what waits for it begins: the oldest event queued, or the position after which it reads on. None where nothing waits.</param>
internal readonly record struct SubscriptionProgress(EventId LastEventId, bool IsLive, int Queued, EventId? Waiting);
