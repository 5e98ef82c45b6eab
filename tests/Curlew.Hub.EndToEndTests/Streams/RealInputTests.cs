using System.Globalization;

namespace Curlew.Hub.EndToEndTests.Streams;

/// <summary>The main job: lines go in by <c>curlew pipe</c>, and every subscriber ends with every line, whatever became of its connection.</summary>
public sealed class RealInputTests
{
    [Fact]
    public async Task EveryLine_ReachesEverySubscriberOnceAndInOrder_ThroughAProxyAndThroughCuts()
    {
        const int subscribers = 200;
        var seed = Environment.TickCount;
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var lines = LogLines.Make(2000, random).ToArray();
        var deadline = Deadline.In(TimeSpan.FromMinutes(2));
        await using var hub = await HubUnderTest.StartAsync("AllowedHosts=hub.example.org;127.0.0.1", "Curlew:KnownProxies=127.0.0.1");
        await using var nginx = await DocumentedNginx.StartAsync(hub.Port);

        var observer = new Subscriber(hub.Port, "topic=logs/ssh");
        var all = new List<Subscriber> { observer };
        for (var i = 1; i < subscribers; i++)
        {
            // Half of them through the proxy; half of both are cut, once to three times.
            var cuts = i % 4 is 1 or 2 ? Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(0, lines.Length - 200)).Order().Select(after => (after, random.Next(1, 50))) : [];
            all.Add(new(i % 2 == 0 ? hub.Port : nginx.Port, "topic=logs/*") { Breaks = new(cuts), Newest = () => observer.Data.Count });
        }

        var cut = all.Count(static subscriber => subscriber.Breaks.Count > 0);
        var expected = all.Select(static subscriber => subscriber.Breaks.Count + 1).ToArray();
        var running = all.Select(subscriber => subscriber.RunUntilAsync(lines.Length, deadline)).ToArray();
        await hub.OpenStreamsAsync(subscribers);
        await using var pipe = ProgramUnderTest.StartCurlew(["pipe", "logs/ssh", "--rate", Load.Of(400, 200).ToString(CultureInfo.InvariantCulture), "--hub", hub.Address.ToString()]);
        await pipe.Input.WriteAsync(string.Join('\n', lines).AsMemory(), deadline);
        pipe.Input.Close();

        (await pipe.WaitForExitAsync(TimeSpan.FromMinutes(1))).ShouldBe(0, string.Join('\n', pipe.Error));
        await Task.WhenAll(running);
        // A double of the last line would come now.
        await hub.PublishAsync("logs/ssh", "the end");
        await Task.WhenAll(all.Select(subscriber => subscriber.RunUntilAsync(lines.Length + 1, deadline)));

        foreach (var (subscriber, streams) in all.Zip(expected))
        {
            subscriber.Data.ShouldBe([.. lines, "the end"]);
            subscriber.Gaps.ShouldBe(0);
            subscriber.Streams.ShouldBe(streams);
            subscriber.Leave();
        }

        cut.ShouldBe(subscribers / 2);
        hub.Complaints.ShouldBeEmpty();
        output.WriteLine($"{subscribers} subscribers, {cut} of them cut, {all.Sum(static subscriber => subscriber.Streams) - subscribers} times");
    }
}
