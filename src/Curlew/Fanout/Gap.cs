using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Curlew.Protocol;

namespace Curlew;

/// <summary>The event that tells a client what it cannot be given. It goes on from <see cref="Position"/>, which is its own id, so it is told once.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Position">The position from which the stream goes on.</param>
/// <param name="Asked">The last event id that could not be honoured.</param>
/// <param name="Oldest">The oldest event retained.</param>
/// <param name="Missed">For <see cref="GapReason.Dropped"/>: how many events were dropped.</param>
internal sealed record Gap(GapReason Reason, EventId Position, string? Asked = null, EventId? Oldest = null, long Missed = 0)
{
    private const int MaxEchoedLength = 64;

    public static string NameOf(GapReason reason) => reason switch
    {
        GapReason.Trimmed => "trimmed",
        GapReason.Unknown => "unknown",
        GapReason.Lost => "lost",
        GapReason.Malformed => "malformed",
        GapReason.Dropped => "dropped",
        _ => throw new InvalidOperationException(reason.ToString()),
    };

    public Frame ToFrame(bool withId)
    {
        var json = new ArrayBufferWriter<byte>(160);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("reason", NameOf(Reason));
            if (Reason == GapReason.Dropped)
            {
                writer.WriteNumber("missed", Missed);
            }
            else
            {
                // What came from outside is echoed up to the longest id there is; ill-formed text is replaced by the writer.
                if (Asked is not null)
                    writer.WriteString("lastEventId", Asked.Length > MaxEchoedLength ? Asked.AsSpan(0, MaxEchoedLength) : Asked);
                if (withId)
                    writer.WriteString("oldest", Oldest?.ToString());
            }

            writer.WriteEndObject();
        }

        return Frame.ForServer(Position, NewEvent.GapType, json.WrittenSpan, withId);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{NameOf(Reason)} at {Position}");
}
