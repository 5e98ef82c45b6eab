using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Runtime.InteropServices;
using Curlew.Client;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Tail;

/// <summary><c>curlew tail</c>: prints the events of a stream as they come.</summary>
internal static class TailCommand
{
    private const string Examples = """
        curlew tail demo
        curlew tail 'orders/*' payments --since 10m
        curlew tail demo --last-event-id earliest --timeout 1s --data-only
        curlew tail jobs/7 --count 1 --timeout 30s --json
        curlew tail https://stream.example.org/events -H "Authorization: Bearer …"
        """;

    private const string Description = """
        Print events as they come. A lost connection is made again, with the last event id.
        Each event is a line with its id, type and data; the lines of the data after the first are indented.
        Standard error tells of the connection, and of gaps: events that the server can no longer give.
        """;

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var streams = new Argument<string[]>("URL|TOPIC")
        {
            Description = "The address of any event stream, with http:// or https://; or topics of the hub, such as demo or 'orders/*'.",
            Arity = ArgumentArity.OneOrMore,
        };
        streams.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 1 && result.Tokens.Any(static token => IsAddress(token.Value)))
                result.AddError("tail takes one URL, or any number of topics.");
            else if (result.Tokens is [{ Value: var text }] && IsAddress(text) && !IsHttp(text))
                result.AddError($"'{text}' is no URL with http:// or https://.");
        });
        var json = new Option<bool>("--json") { Description = "Print each event as a JSON object, one a line; gaps too." };
        var dataOnly = new Option<bool>("--data-only") { Description = "Print nothing but the data, as it is." };
        var lastEventId = new Option<string?>("--last-event-id")
        {
            Description = "Begin after this event. A Curlew hub takes 'earliest' for everything retained.",
            HelpName = "ID",
        };
        lastEventId.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<string?>() is { } id && id.AsSpan().ContainsAny('\r', '\n', '\0'))
                result.AddError("--last-event-id takes no line breaks.");
        });
        var since = new Option<string?>("--since")
        {
            Description = "Begin at this time in ISO 8601, or so long ago, such as 10m; for Curlew's streams.",
            HelpName = "TIME",
            CustomParser = result => ParseSince(result, time),
        };
        var count = NumberOption.Create("--count", "End after so many events; fail if the stream ends before.", 1L, long.MaxValue);
        var timeout = DurationOption.CreateOptional("--timeout", "End when no event has come for so long, connected or not. With --count, fail.");
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Write nothing but errors and gaps to standard error." };
        var connection = new HubConnectionOptions();

        var command = new CommandWithExamples("tail", Description, Examples) { streams, json, dataOnly, lastEventId, since, count, timeout, quiet };
        connection.AddTo(command, withTimeout: false);
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(dataOnly))
                result.AddError("Of --json and --data-only only one is possible.");
        });
        command.SetAction(parsed =>
        {
            var hub = connection.Read(parsed);
            return RunAsync(
                terminal,
                AddressOf(parsed.GetRequiredValue(streams), hub, parsed.GetValue(since)),
                OptionsOf(hub, parsed.GetValue(lastEventId), time),
                parsed.GetValue(json) ? EventFormat.Json : parsed.GetValue(dataOnly) ? EventFormat.Data : EventFormat.Text,
                new TailEnd(parsed.GetValue(count), parsed.GetValue(timeout)?.Value),
                parsed.GetValue(quiet),
                time);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Terminal terminal, Uri url, EventSourceOptions options, EventFormat format, TailEnd end, bool isQuiet, TimeProvider time)
    {
        using var stop = new CancellationTokenSource();
        var exitCode = ExitCode.Ok;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, ExitCode.Interrupted));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, ExitCode.Terminated));

        await using var output = terminal.OpenOutput();
        var printer = new EventPrinter(output, format, time);
        var report = new TailReport(terminal, url, isQuiet, time);
        await using var source = new EventSource(url, options);
        source.StateChanged += (_, change) =>
        {
            // What the connection has brought stands above what became of it.
            printer.Flush();
            report.Tell(change);
        };
        try
        {
            await new EventTail(source, printer, report, end, time).RunAsync(stop.Token);
        }
        catch (ClosedOutputException)
        {
            // Whoever read has seen enough.
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            printer.Flush();
        }

        return exitCode;

        void Stop(PosixSignalContext signal, int code)
        {
            // The second one is left to the system, which ends the process at once: output may be stuck.
            if (stop.IsCancellationRequested)
                return;
            signal.Cancel = true;
            exitCode = code;
            stop.Cancel();
        }
    }

    private static bool IsHttp(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);

    private static bool IsAddress(string text) => text.Contains("://", StringComparison.Ordinal);

    private static string? ParseSince(ArgumentResult result, TimeProvider time)
    {
        var text = result.Tokens[0].Value;
        if (Duration.TryParse(text, out var ago))
            return (time.GetUtcNow() - ago.Value).ToString("O", CultureInfo.InvariantCulture);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var since))
            return since.ToString("O", CultureInfo.InvariantCulture);
        result.AddError($"--since takes a time in ISO 8601, such as 2026-01-31T12:00:00Z, or how long ago, such as 10m, not '{text}'.");
        return null;
    }

    private static Uri AddressOf(string[] streams, HubConnection hub, string? since)
    {
        var url = streams is [var only] && IsAddress(only)
            ? new UriBuilder(only)
            : new UriBuilder(hub.Events) { Query = string.Join('&', streams.Select(static topic => "topic=" + Uri.EscapeDataString(topic))) };
        if (since is not null)
            url.Query = $"{url.Query}{(url.Query.Length > 0 ? "&" : "?")}since={Uri.EscapeDataString(since)}";
        return url.Uri;
    }

    private static EventSourceOptions OptionsOf(HubConnection hub, string? lastEventId, TimeProvider time)
    {
        var options = new EventSourceOptions
        {
            Headers = { ["User-Agent"] = HubConnection.UserAgent },
            LastEventId = lastEventId ?? "",
            ResponseTimeout = hub.Timeout,
            TimeProvider = time,
        };
        foreach (var (name, value) in hub.Headers)
            options.Headers[name] = options.Headers.TryGetValue(name, out var before) && name != "User-Agent" ? $"{before}, {value}" : value;
        return options;
    }
}
