namespace Curlew.Redis;

/// <summary>A consumer as it was registered.</summary>
/// <param name="Stream">The stream's key.</param>
/// <param name="Group">The group.</param>
/// <param name="Resolve">Takes the consumer from a scope.</param>
internal sealed record StreamConsumerRegistration(string Stream, string Group, Func<IServiceProvider, IStreamConsumer> Resolve)
{
    /// <summary>The name of its options: unique, as one stream and group may be registered more than once.</summary>
    public string OptionsName { get; } = $"{Stream} {Group} {Guid.NewGuid():N}";
}
