using System.Diagnostics.CodeAnalysis;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Curlew.Client;

/// <summary>
/// A Curlew server's notice that it cannot give every event: the stream goes on, but some are missing, or may repeat. The state that the events built
/// should be fetched anew.
/// </summary>
public sealed class EventStreamGap
{
    private const string EventType = "gap";

    private EventStreamGap(SseItem<string> item, string reason) => (Item, Reason) = (item, reason);

    /// <summary>
    /// Why: <c>trimmed</c>, <c>unknown</c> (events may repeat), <c>lost</c>, <c>malformed</c> or <c>dropped</c>, or what a later server may say.
    /// </summary>
    public string Reason { get; }

    /// <summary>The last event id that could not be honoured; <see langword="null"/> where the notice names none.</summary>
    public string? AskedId { get; private init; }

    /// <summary>The oldest event retained; <see langword="null"/> where the log is empty, or the notice does not say.</summary>
    public string? OldestId { get; private init; }

    /// <summary>For <c>dropped</c>: how many events were dropped; otherwise <see langword="null"/>.</summary>
    public long? Missed { get; private init; }

    /// <summary>The notice as it came. Its id is the position from which the stream goes on.</summary>
    public SseItem<string> Item { get; }

    /// <summary>Whether an event is such a notice: its type is <c>gap</c> and its data a JSON object with a <c>reason</c>.</summary>
    /// <param name="item">The event.</param>
    /// <param name="gap">The notice.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(SseItem<string> item, [NotNullWhen(true)] out EventStreamGap? gap)
    {
        gap = null;
        if (!IsGapType(item.EventType) || string.IsNullOrEmpty(item.Data))
            return false;
        try
        {
            using var json = JsonDocument.Parse(item.Data);
            if (json.RootElement.ValueKind != JsonValueKind.Object || TextOf(json.RootElement, "reason") is not { } reason)
                return false;
            gap = new(item, reason)
            {
                AskedId = TextOf(json.RootElement, "lastEventId"),
                OldestId = TextOf(json.RootElement, "oldest"),
                Missed = json.RootElement.TryGetProperty("missed", out var missed) && missed.ValueKind == JsonValueKind.Number && missed.TryGetInt64(out var count)
                    ? count
                    : null,
            };
            return true;
        }
        catch (JsonException)
        {
            // An event of another server that happens to have the type.
            return false;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Missed is { } missed ? $"gap: {Reason}, {missed} events" : $"gap: {Reason}, asked for '{AskedId}', oldest '{OldestId}'";

    internal static bool IsGapType(string type) => type == EventType;

    private static string? TextOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
