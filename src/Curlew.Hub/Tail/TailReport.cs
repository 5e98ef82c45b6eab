using System.Net;
using System.Text;
using Curlew.Client;
using Curlew.Hub.CommandLine;
using Spectre.Console;

namespace Curlew.Hub.Tail;

/// <summary>Tells of the connection and of gaps on standard error, in colours where somebody watches.</summary>
internal sealed class TailReport(Terminal terminal, Uri url, bool isQuiet, TimeProvider time)
{
    private static readonly Style Good = new(Color.Green), Bad = new(Color.Yellow), Plain = new(Color.Grey);

    private readonly IAnsiConsole? _console = terminal.ErrorIsInteractive ? CreateConsole(terminal) : null;

    // When the connection was lost, or could not be made.
    private long? _awaySince;

    public void Tell(EventSourceStateEventArgs change)
    {
        if (change.Failure is { } failure && change.Delay is { } delay)
        {
            _awaySince ??= time.GetTimestamp();
            var reason = failure.Error switch
            {
                null => "the server ended the connection",
                EventStreamResponseException answer => Describe(answer),
                { } error => HubTrouble.Describe(error, url),
            };
            Note($"{reason}; again in {new Duration(delay)}", Bad);
        }
        else if (change.State == EventSourceState.Open)
        {
            Note(_awaySince is { } since ? $"connected again after {new Duration(time.GetElapsedTime(since))}" : $"connected to {url}", Good);
            _awaySince = null;
        }
    }

    public void Tell(EventStreamGap gap)
    {
        var what = gap switch
        {
            { Missed: { } missed } => $"{missed} events were dropped",
            { Reason: "unknown" } => $"the server does not know {gap.AskedId}: events are missing or come again",
            { AskedId: { } asked } => $"events after {asked} are missing",
            _ => "events are missing",
        };
        Write($"gap ({gap.Reason}): {what}", Bad);
    }

    public void Note(string text) => Note(text, Plain);

    /// <summary>Why the answer is no event stream.</summary>
    public string Describe(EventStreamResponseException answer)
    {
        if (answer.StatusCode == HttpStatusCode.OK)
            return $"{url} is no event stream: its content type is {(answer.ContentType is { } type ? PrintableText.Of(type) : "missing")}; is the address right?";
        var mediaType = answer.ContentType?.Split(';', 2)[0].Trim().ToLowerInvariant();
        var refusal = HubRefusal.Describe(answer.StatusCode, mediaType, Encoding.UTF8.GetBytes(answer.Body));
        // Redirects are followed: what is left of them has a reason of its own.
        return (int)answer.StatusCode is >= 300 and < 400 ? answer.Message : refusal;
    }

    private static IAnsiConsole CreateConsole(Terminal terminal)
    {
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(terminal.Error) });
        // The terminal breaks lines itself.
        console.Profile.Width = int.MaxValue;
        return console;
    }

    private void Note(string text, Style style)
    {
        if (!isQuiet)
            Write(text, style);
    }

    private void Write(string text, Style style)
    {
        text = $"curlew: {PrintableText.Of(text)}";
        if (_console is not null)
            _console.WriteLine(text, style);
        else
            terminal.Error.WriteLine(text);
    }
}
