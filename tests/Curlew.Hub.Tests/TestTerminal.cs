using System.Globalization;
using System.Text;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Tests;

/// <summary>Runs the program inside the test, with its streams in memory.</summary>
internal sealed class TestTerminal
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public TestTerminal(string input = "")
        : this(new MemoryStream(Encoding.UTF8.GetBytes(input)))
    {
    }

    public TestTerminal(Stream input) => Terminal = new(() => input, Writer(_output), () => new TextStream(_output), Writer(_error), ErrorIsInteractive: false);

    public Terminal Terminal { get; }

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    private static TextWriter Writer(StringBuilder text) => TextWriter.Synchronized(new StringWriter(text, CultureInfo.InvariantCulture));

    public Task<int> RunAsync(params string[] args) => CurlewProgram.RunAsync(args, Terminal);

    private sealed class TextStream(StringBuilder text) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (text)
                text.Append(Encoding.UTF8.GetString(buffer));
        }
    }
}
