using Curlew.Protocol;

namespace Curlew;

/// <summary>What a log holds at one moment.</summary>
/// <param name="TrimmedThrough">
/// The position above which every event is still there. A cursor below it has lost something; one at it or above has not.
/// For an empty log it equals <paramref name="Newest"/>.
/// </param>
/// <param name="Oldest">The oldest event held, or <see langword="null"/> where the log is empty.</param>
/// <param name="Newest">The newest id the log has given, also where that event is no longer held.</param>
/// <param name="HalfwayThrough">
/// The position below which a cursor has gone more than half-way out of the retention, so that an idle client should be told a newer one.
/// <see cref="EventId.Zero"/> where nothing is.
/// </param>
public readonly record struct LogBounds(EventId TrimmedThrough, EventId? Oldest, EventId Newest, EventId HalfwayThrough = default);
