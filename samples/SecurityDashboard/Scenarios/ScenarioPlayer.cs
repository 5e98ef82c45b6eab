namespace SecurityDashboard.Scenarios;

/// <summary>Plays one scenario: its position moves with the clock, times its speed, and the lines it passes come in. Thread-safe.</summary>
/// <param name="scenario">The scenario.</param>
/// <param name="time">The clock.</param>
/// <param name="emit">Takes the lines that are due, in order, as they are written.</param>
/// <param name="changed">Told of every change, in order, under the player's lock.</param>
/// <param name="failed">Told what <paramref name="emit"/> threw, which stops the play.</param>
internal sealed class ScenarioPlayer(
    Scenario scenario,
    TimeProvider time,
    Func<IReadOnlyList<(ScenarioLine Line, string Text)>, CancellationToken, Task> emit,
    Action<ScenarioProgress> changed,
    Action<string, Exception> failed) : IDisposable
{
    public const double MinSpeed = 1;
    public const double MaxSpeed = 100;

    // Of a play that does nothing but go on, viewers are told this often at the most.
    private const int ProgressSteps = 20;

    // Guards what follows.
    private readonly Lock _gate = new();
    private PlayState _state;
    private double _speed = MinSpeed;
    private int _run;
    private int _next;
    private int _told;
    // The position at the time _since, from which it moves on while the state is Playing.
    private TimeSpan _position;
    private long _since;
    private DateTimeOffset _start;
    private CancellationTokenSource? _play;
    // Completed, and made anew, when the wait for the next line has to be worked out again.
    private TaskCompletionSource _turn = NewTurn();

    public ScenarioProgress Progress
    {
        get
        {
            lock (_gate)
                return Describe();
        }
    }

    /// <summary>The play that is under way, or the last one. It never fails.</summary>
    public Task Playing { get; private set; } = Task.CompletedTask;

    /// <summary>Plays from the start, or goes on after a pause.</summary>
    /// <returns>Whether that changed anything: a scenario that is playing goes on as it is.</returns>
    public bool Play(double? speed)
    {
        lock (_gate)
        {
            if (_state == PlayState.Playing)
                return false;
            _speed = speed ?? _speed;
            _since = time.GetTimestamp();
            if (_state == PlayState.Paused)
            {
                Change(PlayState.Playing);
                return true;
            }

            _run++;
            _next = _told = 0;
            _position = TimeSpan.Zero;
            // The lines are dated as if the play ended now: at any speed they are as far apart as the story has them, and none is still to come.
            _start = time.GetUtcNow() - scenario.Duration;
            _play = new CancellationTokenSource();
            Change(PlayState.Playing);
            Playing = RunAsync(_play, Playing);
            return true;
        }
    }

    public bool Pause()
    {
        lock (_gate)
        {
            if (_state != PlayState.Playing)
                return false;
            Settle();
            Change(PlayState.Paused);
            return true;
        }
    }

    public bool Stop()
    {
        lock (_gate)
        {
            if (_state is not (PlayState.Playing or PlayState.Paused))
                return false;
            _play!.Cancel();
            _next = 0;
            Change(PlayState.Stopped);
            return true;
        }
    }

    /// <summary>Sets the speed, also of the play that is under way.</summary>
    public void SetSpeed(double speed)
    {
        lock (_gate)
        {
            if (_state == PlayState.Playing)
                Settle();
            _speed = speed;
            Change(_state);
        }
    }

    public void Dispose()
    {
        Stop();
        _play?.Dispose();
    }

    private async Task RunAsync(CancellationTokenSource play, Task before)
    {
        // A play that was stopped may still be handing over its last lines; and the caller holds the lock.
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (await NextAsync(play.Token) is { } lines)
            {
                await emit(lines, play.Token);
                Advance(play, lines.Count);
            }
        }
        catch (OperationCanceledException) when (play.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception e)
        {
            failed(scenario.Id, e);
            Stop();
        }
    }

    /// <summary>Waits for the next lines; null at the end.</summary>
    private async Task<IReadOnlyList<(ScenarioLine Line, string Text)>?> NextAsync(CancellationToken stopped)
    {
        while (true)
        {
            TimeSpan wait;
            Task turn;
            lock (_gate)
            {
                stopped.ThrowIfCancellationRequested();
                if (_next == scenario.Lines.Count)
                    return null;
                turn = _turn.Task;
                wait = Timeout.InfiniteTimeSpan;
                if (_state == PlayState.Playing)
                {
                    var position = Position();
                    if (scenario.Lines[_next].At <= position)
                        return Due(position);
                    // Never a wait of nothing for a line that is not due yet, which rounding could make of it.
                    wait = (scenario.Lines[_next].At - position) / _speed;
                    wait = wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait;
                }
            }

            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopped);
            await Task.WhenAny(turn, Task.Delay(wait, time, waiting.Token));
            await waiting.CancelAsync();
        }
    }

    private List<(ScenarioLine Line, string Text)> Due(TimeSpan position)
    {
        List<(ScenarioLine, string)> lines = [];
        for (var i = _next; i < scenario.Lines.Count && scenario.Lines[i].At <= position; i++)
        {
            var line = scenario.Lines[i];
            lines.Add((line, line.Write(TimeZoneInfo.ConvertTime(_start + line.At, time.LocalTimeZone), _run)));
        }

        return lines;
    }

    private void Advance(CancellationTokenSource play, int lines)
    {
        lock (_gate)
        {
            if (play.IsCancellationRequested)
                return;
            _next += lines;
            if (_next == scenario.Lines.Count)
                Change(PlayState.Finished);
            else if ((_next - _told) * ProgressSteps >= scenario.Lines.Count)
                Tell();
        }
    }

    private TimeSpan Position() => _position + (time.GetElapsedTime(_since) * _speed);

    private void Settle()
    {
        _position = Position();
        _since = time.GetTimestamp();
    }

    private void Change(PlayState state)
    {
        _state = state;
        Tell();
        var turn = _turn;
        _turn = NewTurn();
        turn.SetResult();
    }

    private void Tell()
    {
        _told = _next;
        changed(Describe());
    }

    private ScenarioProgress Describe() =>
        new(scenario.Id, scenario.Name, scenario.Description, _state, _speed, _next, scenario.Lines.Count, scenario.Duration.TotalSeconds, _run);

    private static TaskCompletionSource NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
