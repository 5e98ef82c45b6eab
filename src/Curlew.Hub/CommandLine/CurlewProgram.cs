using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Curlew.Hub.Publishing;
using Curlew.Hub.Serve;
using Curlew.Hub.Tail;

namespace Curlew.Hub.CommandLine;

/// <summary>From the words typed to the command run and its exit code.</summary>
internal static class CurlewProgram
{
    private const string Examples = """
        curlew                                       serve a hub on http://127.0.0.1:5080
        curlew tail demo                             print events as they come
        curlew publish demo '{"hello":"world"}'      publish one event to it
        tail -F app.log | curlew pipe logs           publish every line as it is written
        """;

    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var parsed = CreateRoot(terminal).Parse(WithDefaultCommand(args), new ParserConfiguration
        {
            // Data may begin with '@'; it is never the name of a file with more arguments.
            ResponseFileTokenReplacer = null,
            EnablePosixBundling = false,
        });
        if (parsed.Action is ParseErrorAction)
            return ReportWrongUsage(parsed, terminal);

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                // Each command has its own idea of Ctrl+C: the server drains, pipe sends what it has read.
                ProcessTerminationTimeout = null,
            });
        }
        catch (CommandFailedException failure)
        {
            await terminal.Error.WriteLineAsync($"curlew: {failure.Message}");
            return ExitCode.Failure;
        }
    }

    private static CommandWithExamples CreateRoot(Terminal terminal)
    {
        // Not a RootCommand, which takes its name from the file that runs.
        var root = new CommandWithExamples(
            "curlew", "Server-Sent Events: a hub that serves them, and commands that publish to it and read from it. Without a command: serve.", Examples)
        {
            ServeCommand.Create(),
            PublishCommand.Create(terminal, TimeProvider.System),
            PipeCommand.Create(terminal, TimeProvider.System),
            TailCommand.Create(terminal, TimeProvider.System),
            new HelpOption { Action = new HelpWithExamples(new HelpAction()) },
            new VersionOption(),
        };
        // Never run, as a line without a command is serve's; with an action of its own the root does not demand a command
        // beside saying that it does not know the word given.
        root.SetAction(_ => ExitCode.WrongUsage);
        return root;
    }

    /// <summary>Without a command the words are those of <c>serve</c>; help and version stay the program's own.</summary>
    private static string[] WithDefaultCommand(string[] args) =>
        args is [] || (args[0].StartsWith('-') && args[0] is not ("-h" or "-?" or "--help" or "--version")) ? ["serve", .. args] : args;

    private static int ReportWrongUsage(ParseResult parsed, Terminal terminal)
    {
        foreach (var error in parsed.Errors)
            terminal.Error.WriteLine($"curlew: {error.Message}");
        var command = parsed.CommandResult.Command;
        terminal.Error.WriteLine($"Try: curlew {(command.Name is "curlew" ? "" : command.Name + " ")}--help");
        return ExitCode.WrongUsage;
    }
}
