namespace Curlew.Interop.Tests.Clients;

/// <summary>A client made with another library, that reads one stream and tells of each event.</summary>
internal abstract class ClientUnderTest : IAsyncDisposable
{
    /// <summary>Everything that the library handed out, in order.</summary>
    public abstract IReadOnlyList<PeerEvent> Received { get; }

    /// <summary>
    /// The events in what it handed out: fetch-event-source gives no type where none was sent, and makes an empty message of a block without data.
    /// </summary>
    public IReadOnlyList<PeerEvent> Events =>
        [.. Received.Where(static e => e is not { Type: "", Data: "" }).Select(static e => e.Type.Length > 0 ? e : e with { Type = "message" })];

    protected virtual string Description => GetType().Name;

    public async Task<IReadOnlyList<PeerEvent>> UntilAsync(Func<IReadOnlyList<PeerEvent>, bool> condition)
    {
        try
        {
            await Eventually.UntilAsync(() => condition(Events));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{Description}\nIt received:\n{string.Join('\n', Received)}", e);
        }

        return Events;
    }

    public Task<IReadOnlyList<PeerEvent>> UntilDataAsync(string last) => UntilAsync(events => events.Any(e => e.Data == last));

    public abstract ValueTask DisposeAsync();
}
