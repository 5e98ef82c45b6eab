using System.Globalization;
using System.Text;

namespace Curlew.Tests.Simulation;

/// <summary>An event as the publisher knows it, with the id that the log gave it.</summary>
internal sealed class ModelEvent(int number, EventId id, NewEvent content)
{
    private byte[]? _block;

    public int Number { get; } = number;

    public EventId Id { get; } = id;

    public NewEvent Content { get; } = content;

    /// <summary>The block that a client has to receive, written without the engine's encoder.</summary>
    public ReadOnlySpan<byte> BlockWith(bool id) => _block ??= Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{(id ? $"id: {Id.Milliseconds}-{Id.Sequence}\n" : "")}{(Content.Type is { } type ? $"event: {type}\n" : "")}data: {Encoding.UTF8.GetString(Content.Data.Span)}\n\n"));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Number} {Id} [{string.Join(' ', Content.Topics)}] {Content.Type}");
}
