using System.Globalization;

namespace Curlew.Testing;

/// <summary>A real Redis Cluster of three primaries on the loopback address, each with a third of the slots. Disposing ends them.</summary>
public sealed class RedisClusterUnderTest : IAsyncDisposable
{
    private const int Slots = 16384;

    private RedisClusterUnderTest(IReadOnlyList<RedisUnderTest> nodes) => Nodes = nodes;

    /// <summary>The nodes; node <c>i</c> began with the <c>i</c>-th third of the slots.</summary>
    public IReadOnlyList<RedisUnderTest> Nodes { get; }

    /// <summary>Starts the nodes and joins them, and returns when each of them says that the cluster is whole.</summary>
    /// <returns>The cluster.</returns>
    public static async Task<RedisClusterUnderTest> StartAsync()
    {
        var nodes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisUnderTest.StartAsync(new() { IsCluster = true })));
        var cluster = new RedisClusterUnderTest(nodes);
        try
        {
            for (var i = 0; i < nodes.Length; i++)
            {
                await nodes[i].CliAsync("CLUSTER", "ADDSLOTSRANGE", Text(i * Slots / nodes.Length), Text(((i + 1) * Slots / nodes.Length) - 1));
                await nodes[i].CliAsync("CLUSTER", "SET-CONFIG-EPOCH", Text(i + 1));
            }

            foreach (var other in nodes[1..])
                await nodes[0].CliAsync("CLUSTER", "MEET", "127.0.0.1", Text(other.Port), await BusPortAsync(other));
            foreach (var node in nodes)
            {
                await Eventually.UntilAsync(
                    async () => await node.CliAsync("CLUSTER", "INFO") is var info
                        && info.Contains("cluster_state:ok", StringComparison.Ordinal)
                        && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal)
                        && info.Contains("cluster_size:3", StringComparison.Ordinal),
                    because: "the cluster is whole");
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The node that began with a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The node.</returns>
    public RedisUnderTest NodeOf(int slot) => Nodes.First(node => slot < (IndexOf(node) + 1) * Slots / Nodes.Count);

    /// <summary>Begins to move a slot: both nodes know of it, and the keys are still where they were.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="from">Who has it.</param>
    /// <param name="to">Who gets it.</param>
    /// <returns>A task that ends when both know.</returns>
    public async Task BeginMoveAsync(int slot, RedisUnderTest from, RedisUnderTest to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        await to.CliAsync("CLUSTER", "SETSLOT", Text(slot), "IMPORTING", await IdOfAsync(from));
        await from.CliAsync("CLUSTER", "SETSLOT", Text(slot), "MIGRATING", await IdOfAsync(to));
    }

    /// <summary>Moves a key of a slot that is being moved.</summary>
    /// <param name="key">The key.</param>
    /// <param name="from">Who has it.</param>
    /// <param name="to">Who gets it.</param>
    /// <returns>A task that ends when it has moved.</returns>
    public Task MoveKeyAsync(string key, RedisUnderTest from, RedisUnderTest to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return from.CliAsync("MIGRATE", "127.0.0.1", Text(to.Port), key, "0", "5000");
    }

    /// <summary>Ends the move of a slot: it is the new node's.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="to">Who gets it.</param>
    /// <returns>A task that ends when every node was told.</returns>
    public async Task EndMoveAsync(int slot, RedisUnderTest to)
    {
        ArgumentNullException.ThrowIfNull(to);
        var id = await IdOfAsync(to);
        // The new owner first: told last, it would ask itself.
        foreach (var node in Nodes.OrderBy(node => node != to))
            await node.CliAsync("CLUSTER", "SETSLOT", Text(slot), "NODE", id);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
    }

    private static Task<string> IdOfAsync(RedisUnderTest node) => node.CliAsync("CLUSTER", "MYID");

    private static async Task<string> BusPortAsync(RedisUnderTest node) => (await node.CliAsync("CONFIG", "GET", "cluster-port")).Split('\n')[1];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private int IndexOf(RedisUnderTest node) => Nodes.Index().First(pair => pair.Item == node).Index;
}
