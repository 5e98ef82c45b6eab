[assembly: AssemblyFixture(typeof(Curlew.Redis.Tests.Servers.PlainRedis))]

namespace Curlew.Redis.Tests.Servers;

/// <summary>One server that all tests share which do it no harm.</summary>
public sealed class PlainRedis : IAsyncLifetime
{
    private RedisUnderTest? _server;

    public int Port => _server!.Port;

    public async ValueTask InitializeAsync() => _server = await RedisUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    public Task<string> CliAsync(params string[] arguments) => _server!.CliAsync(arguments);
}
