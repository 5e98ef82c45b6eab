using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew.Redis.Tests.Hubs;

/// <summary>A process of an application, as far as its hubs go: its services, started. Disposing stops it.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Node(ServiceProvider services, LogCollector log)
    {
        _services = services;
        Log = log;
    }

    public LogCollector Log { get; }

    public IServiceProvider Services => _services;

    public IEventPublisher Publisher => _services.GetRequiredService<IEventPublisher>();

    public static Task<Node> StartAsync(int port, string prefix, Action<CurlewBuilder>? configure = null, Action<RedisOptions>? redis = null) =>
        StartAsync($"127.0.0.1:{port}", prefix, configure, redis);

    public static async Task<Node> StartAsync(string configuration, string prefix, Action<CurlewBuilder>? configure = null, Action<RedisOptions>? redis = null)
    {
        var log = new LogCollector();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log)).AddMetrics();
        var builder = services.AddCurlewCore().AddRedis(options =>
        {
            options.Configuration = configuration;
            options.KeyPrefix = prefix;
            // So that a test need not wait for what is noticed only then.
            options.BlockTime = TimeSpan.FromMilliseconds(100);
            redis?.Invoke(options);
        });
        configure?.Invoke(builder);
        var node = new Node(services.BuildServiceProvider(), log);
        try
        {
            node._services.GetRequiredService<IStartupValidator>().Validate();
            foreach (var service in node._services.GetServices<IHostedService>())
                await service.StartAsync(Deadline.Token);
            return node;
        }
        catch
        {
            await node._services.DisposeAsync();
            throw;
        }
    }

    public Hub Hub(string name = "") => _services.GetRequiredService<HubRegistry>().Hub(name);

    public IEventPublisher PublisherOf(string hub) => Publisher.Hub(hub);

    public Task<Client> SubscribeAsync(StartPosition start = default, string filter = "**", string hub = "", Func<int, Task>? pace = null) =>
        SubscribeAsync(new Interest([TopicFilter.Parse(filter)], types: null), start, hub, pace);

    /// <summary>As a stream that has the user and the broadcast.</summary>
    public Task<Client> SubscribeToAsync(string user, StartPosition start = default) =>
        SubscribeAsync(new Interest([TopicFilter.ForReserved(Topic.ForUser(user)), TopicFilter.ForReserved(Topic.Broadcast)], types: null), start, "");

    private async Task<Client> SubscribeAsync(Interest interest, StartPosition start, string hub, Func<int, Task>? pace = null)
    {
        await Eventually.UntilAsync(() => Hub(hub).IsReady);
        var client = new Client(pace);
        client.Begin(Hub(hub), await Hub(hub).SubscribeAsync(interest, start, SlowConsumerPolicy.Resume, client, Deadline.Token));
        return client;
    }

    /// <summary>Whether the hub reads its log, and publishing is not known to fail.</summary>
    public bool IsWell(string hub = "") => Hub(hub) is { IsReady: true, LogTrouble: null };

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
            await service.StopAsync(Deadline.Token);
        await _services.DisposeAsync();
    }
}
