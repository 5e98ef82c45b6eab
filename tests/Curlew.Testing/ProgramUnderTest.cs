using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Curlew.Testing;

/// <summary>A program that runs as a process of its own, as its users run it. Disposing kills it, if it still runs.</summary>
/// <remarks>Thread-safe. Standard output and error are kept line by line; standard input stays open until the test closes it.</remarks>
public sealed partial class ProgramUnderTest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _error = new();

    private ProgramUnderTest(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The exit code of a process that has ended; 128 and the signal's number for one that a signal ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The lines of standard output so far.</summary>
    public IReadOnlyList<string> Output => [.. _output];

    /// <summary>The lines of standard error so far.</summary>
    public IReadOnlyList<string> Error => [.. _error];

    /// <summary>Standard input, to be written to and closed.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>The resident memory in bytes: VmRSS.</summary>
    public long ResidentBytes => ReadStatus("VmRSS") * 1024;

    /// <summary>The number of threads.</summary>
    public int ThreadCount => (int)ReadStatus("Threads");

    /// <summary>Starts the <c>curlew</c> program, as it was built with the tests.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="environment">Variables to set beside the inherited ones; null takes one away.</param>
    /// <param name="workingDirectory">Where it starts; the test's own directory if not given.</param>
    /// <returns>The running program.</returns>
    public static ProgramUnderTest StartCurlew(
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null) =>
        Start("dotnet", [Repository.BuiltAssembly("Curlew.Hub"), .. arguments], environment, workingDirectory);

    /// <summary>Starts a program.</summary>
    /// <param name="fileName">Its path, or its name to be found along PATH.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="environment">Variables to set beside the inherited ones; null takes one away.</param>
    /// <param name="workingDirectory">Where it starts; the test's own directory if not given.</param>
    /// <returns>The running program.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program.</exception>
    public static ProgramUnderTest Start(
        string fileName,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? "",
        };
        if (environment is not null)
        {
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
        }

        return new(start);
    }

    /// <summary>Waits for a line of standard output or error, also one that came before the call.</summary>
    /// <param name="pattern">A regular expression.</param>
    /// <param name="deadline">How long to wait; <see cref="Eventually.DefaultDeadline"/> if not given.</param>
    /// <returns>The match in the first line that matches.</returns>
    /// <exception cref="InvalidOperationException">The program ended without it.</exception>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public async Task<Match> WaitForLineAsync([StringSyntax(StringSyntaxAttribute.Regex)] string pattern, TimeSpan? deadline = null)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Match? match = null;
        try
        {
            await Eventually.UntilAsync(
                async () =>
                {
                    var isOver = _process.HasExited;
                    if (isOver)
                        await _process.WaitForExitAsync();
                    match = _output.Concat(_error).Select(line => regex.Match(line)).FirstOrDefault(static found => found.Success);
                    return match is not null || (isOver ? throw new InvalidOperationException(Describe($"ended without a line like '{pattern}'")) : false);
                },
                deadline);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(Describe($"wrote no line like '{pattern}' in time"), e);
        }

        return match!;
    }

    /// <summary>Sends a signal.</summary>
    /// <param name="signal">The signal.</param>
    /// <exception cref="InvalidOperationException">The process is gone.</exception>
    public void Signal(UnixSignal signal)
    {
        // An ended process keeps its id only until it is waited for, so one that has ended must not be signalled by its number.
        if (_process.HasExited || SendSignal(_process.Id, (int)signal) != 0)
            throw new InvalidOperationException(Describe($"could not be sent {signal}"));
    }

    /// <summary>Waits for the end of the process and of its output.</summary>
    /// <param name="deadline">How long to wait; <see cref="Eventually.DefaultDeadline"/> if not given.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">It still runs.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan? deadline = null)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(deadline ?? Eventually.DefaultDeadline);
            return _process.ExitCode;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(Describe("did not end in time"), e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int processId, int signal);

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
            lines.Enqueue(line);
    }

    private long ReadStatus(string field)
    {
        var line = File.ReadLines($"/proc/{ProcessId}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(field.Length + 1).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture);
    }

    private string Describe(string what) =>
        $"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} {what}."
        + $"\nStandard output:\n{string.Join('\n', _output)}\nStandard error:\n{string.Join('\n', _error)}";
}
