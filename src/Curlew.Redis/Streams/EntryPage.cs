using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>Entries of a stream, as the events that they are.</summary>
/// <param name="Frames">The events, in the order of the reply.</param>
/// <param name="Entries">How many entries there were, those that cannot be an event among them.</param>
/// <param name="Last">The id of the last of them in the reply; <see cref="EventId.Zero"/> where there is none.</param>
internal readonly record struct EntryPage(List<Frame> Frames, int Entries, EventId Last)
{
    /// <summary>Reads the entries of one stream.</summary>
    /// <param name="reader">At the entries.</param>
    /// <param name="format">What they are.</param>
    /// <param name="skipped">Told of what cannot be an event; null where somebody else tells of it.</param>
    public static EntryPage Read(scoped ref StreamReplyReader reader, EntryFormat format, SkippedEntries? skipped)
    {
        List<Frame> frames = [];
        var entries = 0;
        var last = EventId.Zero;
        while (reader.TryReadEntry(out var entry))
        {
            entries++;
            last = StreamState.Id(entry.Id);
            try
            {
                frames.Add(format.Read(last, entry));
            }
            catch (InvalidEventException e)
            {
                skipped?.Add(last, e.Message);
            }
        }

        return new(frames, entries, last);
    }
}
