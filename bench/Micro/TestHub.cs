using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Micro;

/// <summary>A hub with its defaults, in memory, and what connections ask of the application. It has read its log; its tail runs where it is started.</summary>
internal sealed class TestHub : IDisposable
{
    private readonly ServiceProvider _services;

    public TestHub()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddMetrics().AddCurlew();
        _services = services.BuildServiceProvider();
        Hub = _services.GetRequiredService<HubRegistry>().Hub("");
        Hub.OpenAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    public Hub Hub { get; }

    public IEventPublisher Publisher => _services.GetRequiredService<IEventPublisher>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Subscription Subscribe(Interest interest, ISubscriber subscriber) =>
        Hub.SubscribeAsync(interest, StartPosition.Now, SlowConsumerPolicy.Resume, subscriber, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>A stream's place; the stream gives it back.</summary>
    public ConnectionSlot Reserve()
    {
        var slot = ConnectionSlot.For(null, null);
        return Get<ConnectionRegistry>().TryReserve(slot) == RefusalReason.None ? slot : throw new InvalidOperationException("The hub takes no more streams.");
    }

    public void Dispose() => _services.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
