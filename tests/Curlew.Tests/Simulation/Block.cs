using System.Text;
using System.Text.Json;

namespace Curlew.Tests.Simulation;

/// <summary>A block on its way to a client, with what was so when the engine handed it out.</summary>
/// <param name="Frame">The event or gap; none where the block holds only an id.</param>
/// <param name="Id">The block's id.</param>
/// <param name="TrimmedThrough">The lower end of the log at that moment.</param>
/// <param name="Resets">How many losses of the store the node knew of.</param>
/// <param name="IsTold">Whether it is the gap that follows such a loss.</param>
internal sealed record Block(Frame? Frame, EventId Id, EventId TrimmedThrough, int Resets, bool IsTold = false)
{
    public bool IsGap => Frame?.Type == NewEvent.GapType;

    public (string Reason, long Missed) ReadGap()
    {
        var text = Encoding.UTF8.GetString(Frame!.Bytes.Span);
        var from = text.IndexOf("data: ", StringComparison.Ordinal) + 6;
        using var json = JsonDocument.Parse(text[from..text.IndexOf('\n', from)]);
        return (json.RootElement.GetProperty("reason").GetString()!, json.RootElement.TryGetProperty("missed", out var missed) ? missed.GetInt64() : 0);
    }

    public override string ToString() => Frame is null ? $"id {Id}" : IsGap ? $"gap {ReadGap().Reason} {Id}" : $"event {Id}";
}
