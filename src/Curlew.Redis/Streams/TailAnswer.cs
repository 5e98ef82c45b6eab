using Curlew.Protocol;

namespace Curlew.Redis;

/// <summary>What a read after a position gave, and what the same server said afterwards, over the same connection.</summary>
/// <param name="Page">The entries; none where the time passed without any.</param>
/// <param name="State">The stream after it was read.</param>
/// <param name="HasAfter">Whether it then had the entry at the position asked for.</param>
/// <param name="HasLast">Whether it then had the last entry of the page.</param>
internal sealed record TailAnswer(EntryPage Page, StreamState State, bool HasAfter, bool HasLast)
{
    /// <summary>Whether the server no longer has what was read of it, although it was not trimmed: a failover, a flush, a restart without its data.</summary>
    public bool IsLost(EventId after) => IsLost(after, HasAfter) || IsLost(Page.Last, HasLast);

    private bool IsLost(EventId id, bool isThere)
    {
        if (isThere || id == EventId.Zero)
            return false;
        if (id > State.Newest || State.IsWhole)
            return true;
        // Below the first entry it was trimmed; otherwise it may have been deleted by name.
        return State.First is { } first && id >= first && id > State.Deleted;
    }
}
