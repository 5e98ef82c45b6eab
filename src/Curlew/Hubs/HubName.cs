namespace Curlew;

/// <summary>Registers a hub in the service collection.</summary>
/// <param name="Name">Its name; the default hub's is the empty string.</param>
internal sealed record HubName(string Name);
