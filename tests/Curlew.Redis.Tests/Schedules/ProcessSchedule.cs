using Curlew.Redis.Tests.History;

namespace Curlew.Redis.Tests.Schedules;

/// <summary>Faults of servers that are processes, with publishers and clients over HTTP.</summary>
internal sealed class ProcessSchedule(int seed, RedisUnderTest redis, bool isPersistent) : FaultSchedule(seed, redis, isPersistent)
{
    protected override async Task<IServer> StartAsync(int redisPort) => await ProcessServer.StartAsync(redisPort);

    protected override ITraveller CreateClient(ClientHistory history) => new HttpTraveller(history, index => (ProcessServer)ServerAt(index), Servers);
}
