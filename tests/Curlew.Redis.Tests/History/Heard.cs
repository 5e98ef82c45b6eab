using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.History;

/// <summary>What a client was sent: an event by the number in its data, or a gap by its reason.</summary>
/// <param name="Id">The id, for a gap the position from which the stream goes on.</param>
/// <param name="Number">The event; 0 for a gap.</param>
/// <param name="Gap">The reason of the gap; null for an event.</param>
internal readonly record struct Heard(EventId Id, int Number, string? Gap)
{
    public static Heard Event(EventId id, int number) => new(id, number, null);

    public static Heard GapOf(string reason, EventId position) => new(position, 0, reason);

    public override string ToString() => Gap is null ? $"{Number}@{Id}" : $"!{Gap}@{Id}";
}
