namespace Curlew.Client;

/// <summary>Keeps where the worker of an event source was, for the time when it is started again.</summary>
/// <remarks>Calls for one source follow each other; those for several sources may come at once.</remarks>
public interface ILastEventIdStore
{
    /// <summary>Reads the last event id. A failure stops the worker: it must not go on somewhere else.</summary>
    /// <param name="source">The name of the event source.</param>
    /// <param name="cancel">The host is stopping.</param>
    /// <returns>What was saved last; <see langword="null"/> or empty where there is nothing.</returns>
    ValueTask<string?> LoadAsync(string source, CancellationToken cancel);

    /// <summary>Keeps the last event id. A failure is logged: events would be handled again after a restart, none would be lost.</summary>
    /// <param name="source">The name of the event source.</param>
    /// <param name="lastEventId">The id, any text without CR, LF and NUL; empty where the server took it back.</param>
    /// <param name="cancel">The host is stopping.</param>
    /// <returns>A task that ends when the id is kept.</returns>
    ValueTask SaveAsync(string source, string lastEventId, CancellationToken cancel);
}
