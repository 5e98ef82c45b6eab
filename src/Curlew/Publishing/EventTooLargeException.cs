namespace Curlew;

/// <summary>An event or a batch that exceeds the hub's <see cref="HubOptions.MaxEventBytes"/> or <see cref="HubOptions.MaxBatchBytes"/>.</summary>
/// <param name="fault">What is too large, and the limit.</param>
public sealed class EventTooLargeException(string fault) : InvalidEventException("data", fault);
