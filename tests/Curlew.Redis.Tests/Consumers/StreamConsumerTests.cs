using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Curlew.Redis.Tests.Hubs;
using Curlew.Redis.Tests.Servers;
using Microsoft.Extensions.Options;

namespace Curlew.Redis.Tests.Consumers;

/// <summary>Programs that process a stream as members of a consumer group.</summary>
public sealed class StreamConsumerTests(PlainRedis redis)
{
    private const string Group = "workers";

    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task Entries_AreProcessedInOrderAndAcknowledged(string protocol)
    {
        var stream = $"order-{protocol}";
        await AddAsync(stream, 1, 2);
        var recorder = new Recorder();
        await using (var node = await StartAsync(stream, recorder, server: $"127.0.0.1:{redis.Port},protocol={protocol}"))
        {
            await recorder.ProcessesAsync("1 2");
            await AddAsync(stream, 3, 4, 5);
            await recorder.ProcessesAsync("1 2 3 4 5");
            await NothingIsPendingAsync(stream);
            (await ConsumersAsync(stream)).ShouldHaveSingleItem().ShouldContain(Environment.MachineName);
            node.Log.Problems.ShouldBeEmpty();
        }

        recorder.Processed.ShouldAllBe(entry => entry.Attempt == 1 && entry.Stream == stream);
        (await ConsumersAsync(stream)).ShouldBeEmpty();
    }

    [Fact]
    public async Task AGroup_ThatSkipsWhatThereIs_BeginsWithWhatComesNext()
    {
        await AddAsync("skipping", 1);
        var recorder = new Recorder();
        await using var node = await StartAsync("skipping", recorder, static options => options.SkipExisting = true);
        await Eventually.UntilAsync(async () => (await redis.CliAsync("XINFO", "GROUPS", "skipping")).Contains(Group, StringComparison.Ordinal));

        await AddAsync("skipping", 2);

        await recorder.ProcessesAsync("2");
    }

    [Fact]
    public async Task AnEntryThatFails_IsTriedAgain_AndThenGoesToTheDeadLetters()
    {
        ConcurrentQueue<int> attempts = [];
        var recorder = new Recorder((entry, _) =>
        {
            if (entry["n"] != "2" && (entry["n"] != "3" || entry.Attempt > 1))
                return Task.CompletedTask;
            if (entry["n"] == "2")
                attempts.Enqueue(entry.Attempt);
            throw new InvalidOperationException("hunter2");
        });
        await using var node = await StartAsync("failing", recorder, static options => options.MaxAttempts = 3);
        using var measured = new Measurements(node);
        var ids = await AddAsync("failing", 1, 2, 3);

        await recorder.ProcessesAsync("1 3");

        attempts.ShouldBe([1, 2, 3]);
        recorder.Processed[1].Attempt.ShouldBe(2);
        await NothingIsPendingAsync("failing");
        var dead = (await redis.CliAsync("XRANGE", "{failing}:dead", "-", "+")).Split('\n')[1..];
        dead.ShouldBe(
        [
            "n", "2", "more", "of it", "dead-letter-stream", "failing", "dead-letter-group", Group, "dead-letter-id", ids[1], "dead-letter-attempts", "3",
            "dead-letter-error", "System.InvalidOperationException",
        ]);
        await Eventually.UntilAsync(() => measured["curlew.redis.consumer.processed"] == 2);
        measured["curlew.redis.consumer.failed"].ShouldBe(4);
        measured["curlew.redis.consumer.dead_lettered"].ShouldBe(1);
    }

    [Fact]
    public async Task WhatADeadConsumerLeft_IsProcessedByAnother_AndItsNameForgotten()
    {
        await redis.CliAsync("XGROUP", "CREATE", "left", Group, "0", "MKSTREAM");
        await AddAsync("left", 1, 2, 3);
        await redis.CliAsync("XREADGROUP", "GROUP", Group, "dead", "COUNT", "2", "STREAMS", "left", ">");
        var recorder = new Recorder();

        await using var node = await StartAsync("left", recorder, static options =>
        {
            options.ReclaimAfter = TimeSpan.FromMilliseconds(100);
            options.ForgetAfter = TimeSpan.FromMilliseconds(100);
        });

        await Eventually.UntilAsync(() => recorder.Processed.Count == 3);
        recorder.Processed.OrderBy(static entry => entry["n"], StringComparer.Ordinal).Select(static entry => entry.Attempt).ShouldBe([2, 2, 1]);
        await NothingIsPendingAsync("left");
        await Eventually.UntilAsync(async () => !(await ConsumersAsync("left")).Contains("dead"));

        // Somebody who dies later.
        using var measured = new Measurements(node);
        await redis.CliAsync("EVAL", "redis.call('XADD', KEYS[1], '*', 'n', '4') redis.call('XREADGROUP', 'GROUP', ARGV[1], 'dead', 'STREAMS', KEYS[1], '>')", "1", "left", Group);
        await Eventually.UntilAsync(() => recorder.Processed.Count == 4 && measured["curlew.redis.consumer.reclaimed"] == 1);
    }

    [Fact]
    public async Task AnEntryThatEndsWhoeverTriesIt_IsGivenUp_AndThoseReadWithItAreNot()
    {
        await redis.CliAsync("XGROUP", "CREATE", "deadly", Group, "0", "MKSTREAM");
        var ids = await AddAsync("deadly", 1, 2);
        await redis.CliAsync("XREADGROUP", "GROUP", Group, "dead", "STREAMS", "deadly", ">");
        await redis.CliAsync("XCLAIM", "deadly", Group, "dead", "0", ids[0], "RETRYCOUNT", "5", "JUSTID");
        var recorder = new Recorder();

        await using var node = await StartAsync("deadly", recorder, static options => options.ReclaimAfter = TimeSpan.FromMilliseconds(100));

        await recorder.ProcessesAsync("2");
        recorder.Processed[0].Attempt.ShouldBe(2);
        await NothingIsPendingAsync("deadly");
        var dead = await redis.CliAsync("XRANGE", "{deadly}:dead", "-", "+");
        dead.ShouldContain("dead-letter-attempts\n5");
        dead.ShouldContain("dead-letter-error\nlost");
    }

    [Fact]
    public async Task AnEntryThatWasDeleted_IsNoMorePending()
    {
        await redis.CliAsync("XGROUP", "CREATE", "deleted", Group, "0", "MKSTREAM");
        var ids = await AddAsync("deleted", 1, 2);
        await redis.CliAsync("XREADGROUP", "GROUP", Group, "dead", "STREAMS", "deleted", ">");
        await redis.CliAsync("XDEL", "deleted", ids[0]);
        var recorder = new Recorder();

        await using var node = await StartAsync("deleted", recorder, static options => options.ReclaimAfter = TimeSpan.FromMilliseconds(100));

        await recorder.ProcessesAsync("2");
        await NothingIsPendingAsync("deleted");
    }

    [Fact]
    public async Task TwoConsumers_ShareTheEntries_AndASlowOneKeepsIts()
    {
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var slow = new Recorder((_, _) =>
        {
            begun.TrySetResult();
            return gate.Task;
        });
        var quick = new Recorder();
        await using var one = await StartAsync("shared", slow, static options =>
        {
            options.ReadCount = 1;
            options.ReclaimAfter = TimeSpan.FromMilliseconds(900);
        });
        await AddAsync("shared", 0);
        await begun.Task.WaitAsync(Deadline.Token);
        await using var other = await StartAsync("shared", quick);

        await AddAsync("shared", [.. Enumerable.Range(1, 50)]);

        await quick.ProcessesAsync(string.Join(' ', Enumerable.Range(1, 50)));
        // It tells that it is at work: the time for which its entry has been idle goes back.
        for (var beats = 0; beats < 2; beats++)
        {
            var idle = await IdleAsync("shared");
            await Eventually.UntilAsync(async () => await IdleAsync("shared") is var now && now < Interlocked.Exchange(ref idle, now));
        }

        gate.SetResult();
        await slow.ProcessesAsync("0");
        await NothingIsPendingAsync("shared");
        quick.Processed.Count.ShouldBe(50);
    }

    [Fact]
    public async Task AnExclusiveGroup_HasOneThatProcesses_AndAnotherThatTakesOver()
    {
        static void Exclusive(StreamConsumerOptions options)
        {
            options.Exclusive = true;
            options.MaxReclaimInterval = TimeSpan.FromMilliseconds(200);
        }

        var (first, second) = (new Recorder(), new Recorder());
        var one = await StartAsync("exclusive", first, Exclusive);
        await AddAsync("exclusive", 1);
        await first.ProcessesAsync("1");
        await using var other = await StartAsync("exclusive", second, Exclusive);
        await AddAsync("exclusive", [.. Enumerable.Range(2, 20)]);
        await first.ProcessesAsync(string.Join(' ', Enumerable.Range(1, 21)));

        await one.DisposeAsync();
        await AddAsync("exclusive", 22, 23);

        await second.ProcessesAsync("22 23");
        await NothingIsPendingAsync("exclusive");
    }

    [Fact]
    public async Task AnExclusiveConsumerThatDies_IsSucceeded_InTheOrderOfTheStream()
    {
        await redis.CliAsync("XGROUP", "CREATE", "succession", Group, "0", "MKSTREAM");
        await AddAsync("succession", 1, 2, 3);
        await redis.CliAsync("XREADGROUP", "GROUP", Group, "dead", "COUNT", "2", "STREAMS", "succession", ">");
        await redis.CliAsync("SET", $"succession:lease:{Group}", "dead", "PX", "300");
        var recorder = new Recorder();

        await using var node = await StartAsync("succession", recorder, static options =>
        {
            options.Exclusive = true;
            options.MaxReclaimInterval = TimeSpan.FromMilliseconds(100);
        });

        await recorder.ProcessesAsync("1 2 3");
    }

    [Fact]
    public async Task AnOutage_IsSurvived_WithoutLoss()
    {
        await using var own = await RedisUnderTest.StartAsync(new() { AppendOnly = true });
        await using var proxy = CutProxy.Start(own.Port);
        var recorder = new Recorder();
        // Redis is away at the start, too.
        proxy.IsAway = true;
        await using var node = await StartAsync("outage", recorder, server: $"127.0.0.1:{proxy.Port}");
        proxy.IsAway = false;
        await AddAsync(own, "outage", 1, 2);
        await recorder.ProcessesAsync("1 2");

        proxy.IsAway = true;
        proxy.Cut();
        await AddAsync(own, "outage", 3, 4);
        await own.KillAsync();
        await own.StartAgainAsync();
        proxy.IsAway = false;

        await Eventually.UntilAsync(() => recorder.Numbers.EndsWith('4'));
        recorder.Processed.Select(static entry => entry["n"]).Distinct(StringComparer.Ordinal).ShouldBe(["1", "2", "3", "4"]);
        await Eventually.UntilAsync(async () => (await own.CliAsync("XPENDING", "outage", Group)).StartsWith('0'));
    }

    [Fact]
    public async Task AnAcknowledgement_WaitsForRedis_AndTheEntryDoesNotComeAgain()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        var recorder = new Recorder((entry, _) =>
        {
            if (entry["n"] == "1")
            {
                proxy.IsAway = true;
                proxy.Cut();
            }

            return Task.CompletedTask;
        });
        await using var node = await StartAsync("acknowledged", recorder, server: $"127.0.0.1:{proxy.Port}");
        await AddAsync("acknowledged", 1);
        await recorder.ProcessesAsync("1");

        proxy.IsAway = false;
        await AddAsync("acknowledged", 2);

        await recorder.ProcessesAsync("1 2");
        await NothingIsPendingAsync("acknowledged");
    }

    [Fact]
    public async Task AnEntryWhoseDeliveryIsLost_IsFoundAgain_WithoutWaitingToBeReclaimed()
    {
        await using var proxy = CutProxy.Start(redis.Port);
        var recorder = new Recorder();
        await using var node = await StartAsync(
            "undelivered",
            recorder,
            static options =>
            {
                options.ReclaimAfter = TimeSpan.FromDays(1);
                options.MaxReclaimInterval = TimeSpan.FromMinutes(1);
            },
            $"127.0.0.1:{proxy.Port},name=undelivered",
            static options => options.BlockTime = TimeSpan.FromMinutes(1));
        await Eventually.UntilAsync(async () => (await redis.CliAsync("CLIENT", "LIST")).Split('\n')
            .Any(static line => line.Contains("name=undelivered", StringComparison.Ordinal) && line.Contains("flags=b", StringComparison.Ordinal)));

        proxy.CutAnswers(1);
        await AddAsync("undelivered", 1);

        await recorder.ProcessesAsync("1");
        proxy.Cuts.ShouldBe(1);
        // It may have been tried, as far as anybody knows.
        recorder.Processed[0].Attempt.ShouldBe(2);
        await NothingIsPendingAsync("undelivered");
    }

    [Fact]
    public async Task AFlush_IsGoneOnAfter_WithWhatComesNext()
    {
        await using var own = await RedisUnderTest.StartAsync();
        var recorder = new Recorder();
        await using var node = await StartAsync("flushed", recorder, static options => options.SkipExisting = true, $"127.0.0.1:{own.Port}");
        await Eventually.UntilAsync(() => node.Log.Entries.Any(static entry => entry.Message.StartsWith("Made the group", StringComparison.Ordinal)));
        await AddAsync(own, "flushed", 1);
        await recorder.ProcessesAsync("1");

        await own.CliAsync("FLUSHALL");
        await AddAsync(own, "flushed", 2);

        await recorder.ProcessesAsync("1 2");
        node.Log.Problems.Count(static entry => entry.Message.Contains("was made again", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task AStop_FinishesWhatIsInHand_AndLeavesTheGroup()
    {
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var recorder = new Recorder((_, _) =>
        {
            begun.TrySetResult();
            return gate.Task;
        });
        await AddAsync("stopped", 1, 2, 3);
        var node = await StartAsync("stopped", recorder, static options => options.StopTimeout = Eventually.DefaultDeadline);
        await begun.Task.WaitAsync(Deadline.Token);

        var stop = node.DisposeAsync().AsTask();
        await AddAsync("stopped", 4);
        gate.SetResult();
        await stop.WaitAsync(Deadline.Token);

        recorder.Numbers.ShouldBe("1 2 3");
        await NothingIsPendingAsync("stopped");
        (await ConsumersAsync("stopped")).ShouldBeEmpty();
    }

    [Fact]
    public async Task AStopThatTakesTooLong_GivesBackWhatIsNotProcessed_AndAnotherHasItAtOnce()
    {
        var begun = new TaskCompletionSource();
        var stuck = new Recorder((_, cancel) =>
        {
            begun.TrySetResult();
            return Task.Delay(Timeout.Infinite, cancel);
        });
        await AddAsync("given-back", 1, 2, 3);
        await using (await StartAsync("given-back", stuck, static options => options.StopTimeout = TimeSpan.FromMilliseconds(50)))
            await begun.Task.WaitAsync(Deadline.Token);
        (await ConsumersAsync("given-back")).ShouldHaveSingleItem();

        var recorder = new Recorder();
        await using var node = await StartAsync("given-back", recorder, static options => options.ReclaimAfter = TimeSpan.FromDays(1));

        await recorder.ProcessesAsync("1 2 3");
        // The others were never tried.
        recorder.Processed.Select(static entry => entry.Attempt).ShouldBe([2, 1, 1]);
        stuck.Processed.ShouldBeEmpty();
    }

    [Fact]
    public async Task ACluster_HasGroupsAndDeadLetters()
    {
        await using var cluster = await RedisClusterUnderTest.StartAsync();
        var recorder = new Recorder(static (entry, _) => entry["n"] == "2" ? throw new FormatException() : Task.CompletedTask);
        await using var node = await StartAsync("siem:logs", recorder, static options => options.MaxAttempts = 2, $"127.0.0.1:{cluster.Nodes[0].Port}");
        var server = cluster.NodeOf(HashSlot.Of("siem:logs"));

        await AddAsync(server, "siem:logs", 1, 2, 3);

        await recorder.ProcessesAsync("1 3");
        (await server.CliAsync("XRANGE", "{siem:logs}:dead", "-", "+")).ShouldContain("System.FormatException");
        await Eventually.UntilAsync(async () => (await server.CliAsync("XPENDING", "siem:logs", Group)).StartsWith('0'));
    }

    [Theory]
    [InlineData(1, "1 2 4 8 16 30 30")]
    [InlineData(3600, "3600 3600 3600 3600 3600 3600 3600")]
    [InlineData(0, "0 0 0 0 0 0 0")]
    public void TheDelayBetweenAttempts_Doubles_UpToABound(int seconds, string expected)
    {
        var options = new StreamConsumerOptions { RetryDelay = TimeSpan.FromSeconds(seconds) };

        string.Join(' ', new[] { 1, 2, 3, 4, 5, 6, 10_000 }.Select(attempts => options.DelayAfter(attempts).TotalSeconds)).ShouldBe(expected);
    }

    [Fact]
    public async Task AnEntryReadUnderALeaseThatRanOut_IsNotCountedAsTried()
    {
        await redis.CliAsync("XGROUP", "CREATE", "ran-out", Group, "0", "MKSTREAM");
        await using var proxy = CutProxy.Start(redis.Port);
        var recorder = new Recorder();
        await using var node = await StartAsync(
            "ran-out",
            recorder,
            static options =>
            {
                options.Exclusive = true;
                options.MaxAttempts = 1;
                options.ReclaimAfter = TimeSpan.FromSeconds(2);
            },
            $"127.0.0.1:{proxy.Port}");
        await Eventually.UntilAsync(async () => await redis.CliAsync("EXISTS", $"ran-out:lease:{Group}") == "1");

        proxy.IsAway = true;
        proxy.Cut();
        await Eventually.UntilAsync(async () => await redis.CliAsync("EXISTS", $"ran-out:lease:{Group}") == "0");
        await AddAsync("ran-out", 1);
        proxy.IsAway = false;

        await recorder.ProcessesAsync("1");
        recorder.Processed[0].Attempt.ShouldBe(1);
        await NothingIsPendingAsync("ran-out");
        (await redis.CliAsync("EXISTS", "{ran-out}:dead")).ShouldBe("0");
    }

    [Fact]
    public async Task WrongOptions_AreAllNamedAtTheStart()
    {
        var failure = await Should.ThrowAsync<OptionsValidationException>(StartAsync("wrong", new Recorder(), static options =>
        {
            options.ConsumerName = " ";
            options.ReadCount = 0;
            options.MaxAttempts = 0;
            options.RetryDelay = TimeSpan.FromSeconds(-1);
            options.ReclaimAfter = TimeSpan.FromMilliseconds(1);
            options.StopTimeout = TimeSpan.FromDays(1);
            options.DeadLetterStream = "elsewhere";
            options.DeadLetterLength = 0;
        }));

        failure.Failures.ShouldBe(
        [
            "Consumer group 'workers' of the stream 'wrong': ConsumerName is empty; it must be a name that no other process has, or null.",
            "Consumer group 'workers' of the stream 'wrong': ReadCount is 0; it must be from 1 to 10000.",
            "Consumer group 'workers' of the stream 'wrong': MaxAttempts is 0; it must be at least 1.",
            "Consumer group 'workers' of the stream 'wrong': RetryDelay is -00:00:01; it must be from 0 to 1 hour.",
            "Consumer group 'workers' of the stream 'wrong': ReclaimAfter is 00:00:00.0010000; it must be from 100 ms to 1 day.",
            "Consumer group 'workers' of the stream 'wrong': StopTimeout is 1.00:00:00; it must be from 0 to 1 hour.",
            "Consumer group 'workers' of the stream 'wrong': DeadLetterLength is 0; it must be at least 1.",
            "Consumer group 'workers' of the stream 'wrong': DeadLetterStream is 'elsewhere'; it must be another key that shares the hash slot of 'wrong', as '{wrong}:dead' does.",
        ]);
    }

    private Task<Node> StartAsync(
        string stream, Recorder recorder, Action<StreamConsumerOptions>? configure = null, string? server = null, Action<RedisOptions>? connect = null) => Node.StartAsync(
        server ?? $"127.0.0.1:{redis.Port}",
        stream,
        builder =>
        {
            builder.Services.AddSingleton(recorder);
            builder.AddStreamConsumer<Recorder>(stream, Group, options =>
            {
                options.RetryDelay = TimeSpan.FromMilliseconds(1);
                configure?.Invoke(options);
            });
        },
        options =>
        {
            options.PublishOnly = true;
            connect?.Invoke(options);
        });

    private Task<string[]> AddAsync(string stream, params int[] numbers) => AddAsync(redis.CliAsync, stream, numbers);

    private static Task<string[]> AddAsync(RedisUnderTest server, string stream, params int[] numbers) => AddAsync(server.CliAsync, stream, numbers);

    private static async Task<string[]> AddAsync(Func<string[], Task<string>> cli, string stream, int[] numbers)
    {
        // In one command: redis-cli is a process each time.
        const string Script = "local ids = {} for i = 1, #ARGV do ids[i] = redis.call('XADD', KEYS[1], '*', 'n', ARGV[i], 'more', 'of it') end return ids";
        return (await cli(["EVAL", Script, "1", stream, .. numbers.Select(static n => n.ToString(CultureInfo.InvariantCulture))])).Split('\n');
    }

    private Task NothingIsPendingAsync(string stream) =>
        Eventually.UntilAsync(async () => (await redis.CliAsync("XPENDING", stream, Group)).StartsWith('0'));

    private async Task<int> IdleAsync(string stream) =>
        int.Parse((await redis.CliAsync("XPENDING", stream, Group, "-", "+", "1")).Split('\n')[2], CultureInfo.InvariantCulture);

    private async Task<List<string>> ConsumersAsync(string stream)
    {
        var lines = (await redis.CliAsync("XINFO", "CONSUMERS", stream, Group)).Split('\n');
        return [.. lines.Zip(lines.Skip(1)).Where(static pair => pair.First == "name").Select(static pair => pair.Second)];
    }

    private sealed class Measurements : IDisposable
    {
        private readonly ConcurrentDictionary<string, long> _totals = new(StringComparer.Ordinal);
        private readonly MeterListener _listener = new();

        public Measurements(Node node)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == RedisMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, node.Services.GetRequiredService<IMeterFactory>()))
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _totals.AddOrUpdate(instrument.Name, value, (_, total) => total + value));
            _listener.Start();
        }

        public long this[string instrument] => _totals.GetValueOrDefault(instrument);

        public void Dispose() => _listener.Dispose();
    }
}
