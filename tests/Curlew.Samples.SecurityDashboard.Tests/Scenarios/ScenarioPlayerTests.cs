using SecurityDashboard.Scenarios;

namespace Curlew.Samples.SecurityDashboard.Tests.Scenarios;

public sealed class ScenarioPlayerTests : IDisposable
{
    private readonly ManualTimeProvider _time = new(Lines.Now);
    private readonly List<string> _lines = [];
    private readonly List<ScenarioProgress> _told = [];
    private readonly List<Exception> _failures = [];
    private readonly ScenarioPlayer _player;
    private Func<Task> _emitted = () => Task.CompletedTask;

    public ScenarioPlayerTests()
    {
        var scenario = ScenarioFile.Parse("test.yaml", """
            id: test
            name: Test
            description: A test.
            steps:
              - at: 0s
                source: a
                line: "{syslog} start of {run}"
              - at: 10s
                source: a
                line: "{syslog} {n}"
                repeat: 3
                every: 10s
              - at: 60s
                source: a
                line: "{clf} end"
            """);
        _player = new(scenario, _time, EmitAsync, _told.Add, (_, e) => _failures.Add(e));
    }

    public void Dispose() => _player.Dispose();

    [Fact]
    public async Task Each_line_comes_at_its_time_and_is_dated_as_if_the_play_ended_when_it_began()
    {
        _player.Play(null).ShouldBeTrue();
        await LinesAsync("Mar  1 11:59:00 start of 1");

        await NothingByAsync(9.9);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await LinesAsync("Mar  1 11:59:10 1");
        await ByAsync(10, "Mar  1 11:59:20 2");
        await ByAsync(10, "Mar  1 11:59:30 3");
        await NothingByAsync(29.9);
        await ByAsync(0.1, "01/Mar/2026:12:00:00 +0000 end");

        await _player.Playing.WaitAsync(Deadline.Token);
        _player.Progress.State.ShouldBe(PlayState.Finished);
        _told.Select(static progress => (progress.State, progress.Line)).ShouldBe(
            [(PlayState.Playing, 0), (PlayState.Playing, 1), (PlayState.Playing, 2), (PlayState.Playing, 3), (PlayState.Playing, 4), (PlayState.Finished, 5)]);
    }

    [Fact]
    public async Task A_higher_speed_brings_the_same_lines_earlier()
    {
        _player.Play(10);
        await LinesAsync("Mar  1 11:59:00 start of 1");
        await NothingByAsync(0.99);
        await ByAsync(0.01, "Mar  1 11:59:10 1");

        _player.SetSpeed(100);
        await ByAsync(0.1, "Mar  1 11:59:20 2");
        await ByAsync(0.1, "Mar  1 11:59:30 3");
        _player.SetSpeed(1);
        await NothingByAsync(29.9);
        await ByAsync(0.1, "01/Mar/2026:12:00:00 +0000 end");
        await _player.Playing.WaitAsync(Deadline.Token);
    }

    [Fact]
    public async Task A_pause_holds_the_story_where_it_is()
    {
        _player.Play(null);
        await LinesAsync("Mar  1 11:59:00 start of 1");
        await NothingByAsync(4);
        _player.Pause().ShouldBeTrue();
        _player.Pause().ShouldBeFalse();
        await NothingByAsync(3_600);

        _player.Play(null).ShouldBeTrue();
        _player.Play(null).ShouldBeFalse();
        await NothingByAsync(5.9);
        await ByAsync(0.1, "Mar  1 11:59:10 1");
        _player.Progress.Run.ShouldBe(1);
    }

    [Fact]
    public async Task A_stop_ends_it_and_the_next_play_is_another()
    {
        _player.Stop().ShouldBeFalse();
        _player.Play(null);
        await LinesAsync("Mar  1 11:59:00 start of 1");
        _player.Stop().ShouldBeTrue();
        await _player.Playing.WaitAsync(Deadline.Token);
        _player.Progress.ShouldBe(new("test", "Test", "A test.", PlayState.Stopped, 1, 0, 5, 60, 1));
        await NothingByAsync(100);

        _player.Play(100);
        await LinesAsync("Mar  1 12:00:40 start of 2");
        _time.Advance(TimeSpan.FromSeconds(1));
        await LinesAsync("Mar  1 12:00:50 1", "Mar  1 12:01:00 2", "Mar  1 12:01:10 3", "01/Mar/2026:12:01:40 +0000 end");
    }

    [Fact]
    public async Task A_stop_while_lines_are_handed_over_is_not_undone_by_their_end()
    {
        var gate = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        _emitted = () =>
        {
            entered.TrySetResult();
            return gate.Task;
        };
        _player.Play(null);
        await entered.Task.WaitAsync(Deadline.Token);

        _player.Stop();
        _player.Play(null).ShouldBeTrue();
        gate.SetResult();

        await LinesAsync("Mar  1 11:59:00 start of 1", "Mar  1 11:59:00 start of 2");
        await Eventually.UntilAsync(() => _player.Progress.Line == 1);
        _player.Progress.State.ShouldBe(PlayState.Playing);
    }

    [Fact]
    public async Task A_line_that_cannot_be_handed_over_stops_the_play()
    {
        _emitted = () => Task.FromException(new InvalidOperationException("no"));

        _player.Play(null);
        await _player.Playing.WaitAsync(Deadline.Token);

        _player.Progress.State.ShouldBe(PlayState.Stopped);
        _failures.ShouldHaveSingleItem().Message.ShouldBe("no");
    }

    [Fact]
    public void The_number_of_the_play_stays_within_a_byte()
    {
        var line = new ScenarioLine(TimeSpan.Zero, "a", null, "10.0.0.{run}", 1);

        line.Write(Lines.Now, 250).ShouldBe("10.0.0.250");
        line.Write(Lines.Now, 251).ShouldBe("10.0.0.1");
    }

    private async Task EmitAsync(IReadOnlyList<(ScenarioLine Line, string Text)> lines, CancellationToken cancellationToken)
    {
        await _emitted();
        lock (_lines)
            _lines.AddRange(lines.Select(static line => line.Text));
    }

    /// <summary>Lets time pass, after which exactly these lines have come since the last look.</summary>
    private async Task ByAsync(double seconds, params string[] expected)
    {
        await WaitingAsync();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await LinesAsync(expected);
    }

    private async Task NothingByAsync(double seconds)
    {
        await WaitingAsync();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await WaitingAsync();
        lock (_lines)
            _lines.ShouldBeEmpty();
    }

    private async Task LinesAsync(params string[] expected)
    {
        await Eventually.UntilAsync(() =>
        {
            lock (_lines)
                return _lines.Count >= expected.Length;
        });
        lock (_lines)
        {
            _lines.ShouldBe(expected);
            _lines.Clear();
        }
    }

    /// <summary>Until the player waits for its next line, or has nothing to wait for.</summary>
    private Task WaitingAsync() => Eventually.UntilAsync(() => _player.Progress.State != PlayState.Playing || _time.ActiveTimers == 1);
}
