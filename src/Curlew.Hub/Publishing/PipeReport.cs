using System.Globalization;
using Curlew.Hub.CommandLine;
using Spectre.Console;

namespace Curlew.Hub.Publishing;

/// <summary>
/// Tells the person at the terminal how publishing goes: one line that is redrawn where somebody watches, notes when the hub goes
/// away and comes back, and a summary. Told by one task, drawn by another.
/// </summary>
internal sealed class PipeReport(Terminal terminal, string topic, bool isQuiet, TimeProvider time)
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(250);

    private readonly long _start = time.GetTimestamp();
    private IAnsiConsole? _live;

    // Written by the task that sends, read by the one that draws.
    private long _lines;
    private int _retries;
    private volatile bool _isAway;

    public long Lines => Volatile.Read(ref _lines);

    public void Acknowledged(int lines) => Interlocked.Add(ref _lines, lines);

    public void OutageBegan(string reason)
    {
        _isAway = true;
        Note($"{reason}; retrying…");
    }

    public void Retrying() => Interlocked.Increment(ref _retries);

    public void OutageEnded(TimeSpan length)
    {
        _isAway = false;
        Note($"back after {new Duration(length)}");
    }

    public void Note(string text)
    {
        if (isQuiet)
            return;
        if (_live is { } live)
            live.WriteLine($"curlew: {text}");
        else
            terminal.Error.WriteLine($"curlew: {text}");
    }

    /// <summary>Runs the work, with the line drawn where that is of use.</summary>
    public async Task RunAsync(Func<Task> work)
    {
        // "Interactive" of the library's own finding asks for a terminal as input too, where this command has lines.
        var console = isQuiet || !terminal.ErrorIsInteractive
            ? null
            : AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(terminal.Error), Interactive = InteractionSupport.Yes });
        if (console?.Profile.Capabilities.Ansi is not true)
        {
            await work();
            return;
        }

        try
        {
            await console.Status().Spinner(Spinner.Known.Dots).StartAsync(Markup.Escape($"waiting for lines for {topic}"), async status =>
            {
                _live = console;
                using var done = new CancellationTokenSource();
                var drawing = DrawAsync(status, done.Token);
                try
                {
                    await work();
                }
                finally
                {
                    await done.CancelAsync();
                    await drawing;
                }
            });
        }
        finally
        {
            _live = null;
        }
    }

    public void Summarize()
    {
        var elapsed = time.GetElapsedTime(_start);
        var rate = elapsed > TimeSpan.Zero ? Lines / elapsed.TotalSeconds : 0;
        Note(string.Create(CultureInfo.InvariantCulture,
            $"{Lines:N0} {(Lines == 1 ? "line" : "lines")} published to {topic} in {new Duration(elapsed)} ({rate:N0}/s){Retries()}"));
    }

    private async Task DrawAsync(StatusContext status, CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(Redraw, time);
        var (lines, at, rate) = (0L, time.GetTimestamp(), 0.0);
        try
        {
            while (await tick.WaitForNextTickAsync(cancellationToken))
            {
                // Smoothed, so that the figure can be read although batches come in steps.
                var (sent, now) = (Lines, time.GetTimestamp());
                var latest = (sent - lines) / time.GetElapsedTime(at, now).TotalSeconds;
                rate = rate > 0 ? rate + (latest - rate) * 0.3 : latest;
                (lines, at) = (sent, now);
                status.Status(Markup.Escape(string.Create(CultureInfo.InvariantCulture,
                    $"{sent:N0} lines to {topic}, {rate:N0}/s{Retries()}{(_isAway ? ", hub away" : "")}")));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The work is done.
        }
    }

    private string Retries() => Volatile.Read(ref _retries) switch
    {
        0 => "",
        1 => ", 1 retry",
        var retries => string.Create(CultureInfo.InvariantCulture, $", {retries:N0} retries"),
    };
}
