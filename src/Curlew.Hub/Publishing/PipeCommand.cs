using System.CommandLine;
using System.Runtime.InteropServices;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Publishing;

/// <summary><c>curlew pipe</c>: every line of standard input becomes an event.</summary>
internal static class PipeCommand
{
    private const string Examples = """
        tail -F /var/log/syslog | curlew pipe syslog
        curlew pipe replay --rate 200 < access.log
        journalctl -f -o json | curlew pipe journal --type entry --hub https://hub.example.org
        """;

    private const string Description = """
        Publish every line of standard input as an event. Lines end with LF or CRLF; an empty line is an event with empty data.
        The lines are sent in order and in batches, each with an idempotency key: an outage of the hub loses and doubles nothing.
        """;

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var topic = new Argument<string>("TOPIC") { Description = "The topic to publish to, such as logs/web." };
        var type = new Option<string?>("--type") { Description = "The event type. Without it a browser sees a 'message'.", HelpName = "TYPE" };
        var rate = NumberOption.Create("--rate", "At most so many events a second, evenly spaced. Without it: as fast as the hub takes them.", 0.001, 1_000_000);
        var batchSize = NumberOption.Create("--batch-size", "Send a batch when it has so many lines (or 512 KiB).", 1, 100_000, defaultValue: 500);
        var batchDelay = DurationOption.Create("--batch-delay", "Send a batch when so long has passed since its first line.", TimeSpan.FromMilliseconds(50));
        var giveUp = DurationOption.Create("--give-up", "How long an outage of the hub may last.", TimeSpan.FromMinutes(10));
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Write nothing but errors." };
        var connection = new HubConnectionOptions();

        var command = new CommandWithExamples("pipe", Description, Examples) { topic, type, rate, batchSize, batchDelay, giveUp, quiet };
        connection.AddTo(command);
        command.SetAction(parsed =>
        {
            var report = new PipeReport(terminal, parsed.GetRequiredValue(topic), parsed.GetValue(quiet), time);
            return RunAsync(
                terminal,
                connection.Read(parsed),
                new LineEncoder(parsed.GetRequiredValue(topic), parsed.GetValue(type)),
                new BatchLimits(parsed.GetRequiredValue(batchSize)!.Value, parsed.GetValue(batchDelay).Value),
                new RetryPolicy(parsed.GetValue(giveUp).Value),
                parsed.GetValue(rate) is { } perSecond ? new Pacer(perSecond, time) : null,
                report,
                time);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Terminal terminal, HubConnection hub, LineEncoder encoder, BatchLimits limits, RetryPolicy policy, Pacer? pacer, PipeReport report, TimeProvider time)
    {
        using var client = hub.CreateClient();
        using var batcher = new LineBatcher(limits, encoder, time);
        var sender = new BatchSender(client, hub.Events, Guid.NewGuid().ToString("N"), policy, report, time, Random.Shared);
        var pipe = new LinePipe(batcher, sender, pacer);

        using var stop = new CancellationTokenSource();
        var exitCode = ExitCode.Ok;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, ExitCode.Interrupted));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, ExitCode.Terminated));

        try
        {
            await report.RunAsync(() => pipe.RunAsync(terminal.OpenInput(), stop.Token));
        }
        finally
        {
            report.Summarize();
        }

        return exitCode;

        void Stop(PosixSignalContext signal, int code)
        {
            // The second one is left to the system, which ends the process at once.
            if (stop.IsCancellationRequested)
                return;
            signal.Cancel = true;
            exitCode = code;
            report.Note("stopping: what was read is still sent (Ctrl+C again to stop at once)");
            stop.Cancel();
        }
    }
}
