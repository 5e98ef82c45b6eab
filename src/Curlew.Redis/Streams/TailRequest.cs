using Curlew.Protocol;

namespace Curlew.Redis;

/// <summary>What a hub's tail asks of the connection that it shares with the others.</summary>
/// <param name="key">The stream.</param>
/// <param name="after">The position after which to read.</param>
/// <param name="mayWait">Whether to wait for an entry; otherwise only the state is asked for.</param>
/// <param name="format">What the entries are.</param>
/// <param name="skipped">Told of those that cannot be an event.</param>
/// <param name="askedAt">When it was asked.</param>
internal sealed class TailRequest(string key, EventId after, bool mayWait, EntryFormat format, SkippedEntries skipped, long askedAt)
    : TaskCompletionSource<TailAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public string Key => key;

    public EventId After => after;

    public bool MayWait => mayWait;

    public EntryFormat Format => format;

    public SkippedEntries Skipped => skipped;

    public long AskedAt => askedAt;
}
