namespace Curlew.Client.Tests;

/// <summary>What a source leaves behind, whoever ends it and when: nothing.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public async Task Cancelling_WhileTheAnswerIsAwaited_ClosesTheConnection() => await EndsAsync(
        static exchange => exchange.HoldAsync(),
        async (source, server, cancel) =>
        {
            var reading = source.RunAsync(static (_, _) => default, cancel.Token);
            await Eventually.UntilAsync(() => server.Requests.Count == 1);
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => reading);
        });

    [Fact]
    public async Task Cancelling_WhileAnEventIsAwaited_ClosesTheConnection() => await EndsAsync(
        HoldStreamAsync,
        async (source, _, cancel) =>
        {
            var reading = source.RunAsync(static (_, _) => default, cancel.Token);
            await Eventually.UntilAsync(() => source.LastEventId == "1");
            await cancel.CancelAsync();
            (await Should.ThrowAsync<OperationCanceledException>(() => reading)).CancellationToken.ShouldBe(cancel.Token);
        });

    [Fact]
    public async Task Cancelling_WhileAReconnectIsAwaited_EndsReading() => await EndsAsync(
        static exchange => exchange.SendAsync(ScriptedServer.Stream("retry: 1000000\n\n")),
        async (source, _, cancel) =>
        {
            var waits = false;
            source.StateChanged += (_, change) => waits |= change.Delay is not null;
            var reading = source.RunAsync(static (_, _) => default, cancel.Token);
            await Eventually.UntilAsync(() => waits);
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => reading);
        });

    [Fact]
    public async Task Cancelling_WhileAnEventIsHandled_ClosesTheConnection() => await EndsAsync(
        HoldStreamAsync,
        async (source, _, cancel) => await Should.ThrowAsync<OperationCanceledException>(async () => await source.RunAsync((_, _) => new(cancel.CancelAsync()), cancel.Token)));

    [Fact]
    public async Task Leaving_TheLoop_ClosesTheConnection() => await EndsAsync(HoldStreamAsync, async (source, _, _) => await source.DataAsync(count: 1));

    [Fact]
    public async Task Failing_InTheLoop_ClosesTheConnection() => await EndsAsync(
        HoldStreamAsync,
        async (source, _, _) => await Should.ThrowAsync<FormatException>(() => source.RunAsync(static (_, _) => throw new FormatException())));

    [Fact]
    public async Task Disposing_WhileAnEventIsAwaited_EndsTheSequence() => await EndsAsync(
        HoldStreamAsync,
        async (source, _, _) =>
        {
            var reading = source.DataAsync();
            await Eventually.UntilAsync(() => source.LastEventId == "1");
            await source.DisposeAsync();
            (await reading).ShouldBe(["x"]);
        });

    [Fact]
    public async Task Disposing_WhileAReaderHasWalkedAway_ClosesTheConnection() => await EndsAsync(
        HoldStreamAsync,
        async (source, _, _) =>
        {
            // Neither moved on nor disposed.
            var reader = source.ReadAllAsync(Deadline.Token).GetAsyncEnumerator(Deadline.Token);
            (await reader.MoveNextAsync()).ShouldBeTrue();
            await source.DisposeAsync();
            source.State.ShouldBe(EventSourceState.Closed);
        });

    [Fact]
    public async Task Disposing_BeforeReading_ClosesTheSource()
    {
        var source = new EventSource("http://stub.example/");
        await source.DisposeAsync();
        await source.DisposeAsync();

        source.State.ShouldBe(EventSourceState.Closed);
        await Should.ThrowAsync<ObjectDisposedException>(() => source.DataAsync());
    }

    [Fact]
    public async Task SecondReader_IsRefused_AndDoesNotDisturbTheFirst()
    {
        await using var server = new ScriptedServer(HoldStreamAsync);
        await using var source = new EventSource(server.Url);
        var reading = source.DataAsync();
        await Eventually.UntilAsync(() => source.LastEventId == "1");

        (await Should.ThrowAsync<InvalidOperationException>(() => source.DataAsync())).Message.ShouldContain("one reader at a time");

        source.State.ShouldBe(EventSourceState.Open);
        await source.DisposeAsync();
        (await reading).ShouldBe(["x"]);
    }

    [Fact]
    public async Task States_AreToldInOrder()
    {
        await using var server = new ScriptedServer(ScriptedServer.Stream("data: x\n\n"), ScriptedServer.Answer("500 No"), ScriptedServer.Stream("data: y\n\n"), ScriptedServer.Answer("204 Done"));
        await using var source = new EventSource(server.Url, new EventSourceOptions { RetryPolicy = SourceReading.AtOnce });
        List<string> states = [];
        source.StateChanged += (sender, change) =>
        {
            sender.ShouldBe(source);
            source.State.ShouldBe(change.State);
            states.Add($"{change.State} {change.Failure?.Error?.GetType().Name}".Trim());
        };

        await source.DataAsync();

        states.ShouldBe(["Open", "Connecting", "Connecting EventStreamResponseException", "Open", "Connecting", "Closed"]);
    }

    [Fact]
    public async Task Http2_IsSpokenToAServerThatDoes()
    {
        await using var app = TestApp.Create();
        await app.StartAsync();
        await using var source = new EventSource(app.Http2Url("/events/a"), new EventSourceOptions { Version = System.Net.HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact });
        var reading = source.DataAsync(count: 1);
        await Eventually.UntilAsync(() => source.State == EventSourceState.Open);

        await app.Publisher.PublishAsync("a", "hello", cancellationToken: Deadline.Token);

        (await reading).ShouldBe(["hello"]);
    }

    private static async Task HoldStreamAsync(ScriptedServer.Exchange exchange)
    {
        await exchange.SendAsync(ScriptedServer.Stream("id: 1\ndata: x\n\n"));
        await exchange.HoldAsync();
    }

    private static async Task EndsAsync(Func<ScriptedServer.Exchange, Task> answer, Func<EventSource, ScriptedServer, CancellationTokenSource, Task> end)
    {
        // Time stands still: no timer of the client's can do the closing.
        var clock = new ManualTimeProvider();
        await using var server = new ScriptedServer(answer);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token);
        var source = new EventSource(server.Url, new EventSourceOptions { TimeProvider = clock });

        await end(source, server, cancel);

        await Eventually.UntilAsync(() => server.OpenConnections == 0);
        source.State.ShouldBe(EventSourceState.Closed);
        clock.ActiveTimers.ShouldBe(0);
        await source.DisposeAsync();
    }
}
