using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Curlew.Hub.CommandLine;

/// <summary>The library's help, followed by the examples of the command.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not CommandWithExamples { Examples: var examples })
            return exitCode;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in examples.AsSpan().EnumerateLines())
        {
            output.Write("  ");
            output.WriteLine(line);
        }

        return exitCode;
    }
}
