using System.Diagnostics;
using System.Globalization;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>
/// Several <c>curlew serve --redis</c> that are one hub, and their redis-server. Events are published to the first and streams opened at the last, so that
/// with two of them each event goes from one process through Redis to the other.
/// </summary>
/// <param name="nodes">How many.</param>
internal sealed class CurlewRedisPeer(int nodes = 2) : Peer
{
    /// <summary>The part that is redis-server.</summary>
    public const int Redis = 0;

    /// <summary>The first part that is <c>curlew</c>.</summary>
    public const int FirstNode = 1;

    private static readonly CurlewPeer Alone = new();
    private static readonly HttpClient Http = new();

    public override string Name => "curlew-redis";

    public override int PartCount => FirstNode + nodes;

    public override int PublishPart => FirstNode;

    public override int? StorePart => Redis;

    private static string? RedisServer => Installed.Find("redis-server");

    public override bool Supports(Scenario scenario) => true;

    public override string? FindMissing() => Alone.FindMissing() ?? (RedisServer is null ? "there is no redis-server: apt-get install redis-server" : null);

    public override string DescribeVersion()
    {
        var version = Installed.FirstLine(RedisServer!, "--version").Split(' ').FirstOrDefault(static word => word.StartsWith("v=", StringComparison.Ordinal));
        return $"{nodes} × {Alone.DescribeVersion()}, Redis {version?[2..]} without persistence";
    }

    public override ProcessStartInfo CreateStart(int part, IReadOnlyList<int> ports, string directory, Scenario scenario)
    {
        var redis = ports[Redis].ToString(CultureInfo.InvariantCulture);
        return part == Redis
            ? new(RedisServer!, ["--port", redis, "--bind", "127.0.0.1", "--dir", directory, "--save", "", "--appendonly", "no"]) { WorkingDirectory = directory }
            : CurlewPeer.CreateServe(ports[part], directory, "--redis", $"127.0.0.1:{redis}");
    }

    /// <inheritdoc/>
    /// <remarks>A node that listens refuses streams until it has read its log.</remarks>
    public override bool Answers(int part, int port)
    {
        if (part == Redis || !IsListening(port))
            return IsListening(port);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}/health/ready"));
        using var response = Http.Send(request);
        return response.IsSuccessStatusCode;
    }

    public override string SubscribePath(IReadOnlyList<string> filters) => Alone.SubscribePath(filters);

    public override string PublishPath(string topic) => Alone.PublishPath(topic);
}
