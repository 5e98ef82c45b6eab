using Curlew.Redis.Tests.History;
using Curlew.Redis.Tests.Hubs;

namespace Curlew.Redis.Tests.Schedules;

/// <summary>Faults of servers within the process of the test, whose window and block time are chance too.</summary>
internal sealed class NodeSchedule : FaultSchedule
{
    private readonly int _windowBytes;
    private readonly TimeSpan _blockTime;

    public NodeSchedule(int seed, RedisUnderTest redis, bool isPersistent)
        : base(seed, redis, isPersistent)
    {
        _windowBytes = Random.Next(2) == 0 ? 500 : 1 << 20;
        _blockTime = TimeSpan.FromMilliseconds(Random.Next(20, 300));
    }

    protected override async Task<IServer> StartAsync(int redisPort) => new NodeServer(await Node.StartAsync(
        $"127.0.0.1:{redisPort},asyncTimeout=500",
        "faults",
        builder => builder.ConfigureHub(hub => hub.WindowBytes = _windowBytes),
        redis => redis.BlockTime = _blockTime));

    protected override ITraveller CreateClient(ClientHistory history) => new NodeTraveller(history, index => (NodeServer)ServerAt(index));
}
