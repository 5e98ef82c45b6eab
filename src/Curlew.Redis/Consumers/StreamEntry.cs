using System.Text;
using Curlew.Protocol;

namespace Curlew;

/// <summary>An entry of a Redis Stream, as a consumer is given it. Immutable.</summary>
public sealed class StreamEntry
{
    /// <summary>Makes an entry, as for a test of a consumer.</summary>
    /// <param name="stream">The stream's key.</param>
    /// <param name="id">The entry's id.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="attempt">Which attempt it is, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The attempt is below 1.</exception>
    public StreamEntry(string stream, EventId id, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> fields, int attempt = 1)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        (Stream, Id, Fields, Attempt) = (stream, id, fields, attempt);
    }

    /// <summary>The stream's key.</summary>
    public string Stream { get; }

    /// <summary>The entry's id: the same whenever it comes.</summary>
    public EventId Id { get; }

    /// <summary>The fields, in the order in which they were written; a name may come twice.</summary>
    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Fields { get; }

    /// <summary>Which attempt at this entry this is, by whichever process; 1 at first.</summary>
    public int Attempt { get; }

    /// <summary>The text of the first field of a name, read as UTF-8; null where there is none.</summary>
    /// <param name="name">The name.</param>
    public string? this[string name] => TryGetBytes(name, out var value) ? Encoding.UTF8.GetString(value.Span) : null;

    /// <summary>Looks for the first field of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Its bytes.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetBytes(string name, out ReadOnlyMemory<byte> value)
    {
        foreach (var field in Fields)
        {
            if (field.Key != name)
                continue;
            value = field.Value;
            return true;
        }

        value = default;
        return false;
    }
}
