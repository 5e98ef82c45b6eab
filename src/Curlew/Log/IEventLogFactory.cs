namespace Curlew;

/// <summary>Makes the log behind each hub. The one registered last in the service collection is used; without one, logs are in memory.</summary>
public interface IEventLogFactory
{
    /// <summary>Makes the log of a hub. Called once for each hub, before the first use; it does no I/O.</summary>
    /// <param name="hub">The name of the hub; the default hub's is the empty string.</param>
    /// <param name="options">The hub's options.</param>
    /// <returns>The log.</returns>
    IEventLog Create(string hub, HubOptions options);
}
