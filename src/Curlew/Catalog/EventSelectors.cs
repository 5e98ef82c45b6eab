namespace Curlew;

/// <summary>What a definition asks an event: whom it is for, and when it happened.</summary>
internal sealed record EventSelectors<T>(
    Func<T, IEnumerable<string>>? Topics, Func<T, string?>? User, Func<T, IEnumerable<string>>? Users, bool Broadcast, Func<T, DateTimeOffset>? OccurredAt);
