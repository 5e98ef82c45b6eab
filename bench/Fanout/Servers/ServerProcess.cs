using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>One process of a server, which has been started and answers on its port of 127.0.0.1. Disposing ends it with all its children.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private const int Terminate = 15;
    private const int KeptLines = 5;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private ServerProcess(Process process, int port)
    {
        _process = process;
        Address = new(IPAddress.Loopback, port);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    public int Id => _process.Id;

    /// <summary>Whether it still runs.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>The last lines that it wrote.</summary>
    public string LastLines => string.Join(" / ", _lines);

    /// <summary>Starts a process and waits until it answers.</summary>
    /// <param name="start">How to start it.</param>
    /// <param name="port">The port that it listens on.</param>
    /// <param name="answers">Whether it answers.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="RunFailedException">It does not.</exception>
    public static ServerProcess Start(ProcessStartInfo start, int port, Func<bool> answers, CancellationToken cancel)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        var server = new ServerProcess(Process.Start(start)!, port);
        try
        {
            for (var deadline = Clock.Now + Clock.FromSeconds(StartTimeout.TotalSeconds); !answers();)
            {
                cancel.ThrowIfCancellationRequested();
                if (!server.IsRunning)
                    throw new RunFailedException($"It ended at once: {server.LastLines}");
                if (Clock.Now > deadline)
                    throw new RunFailedException($"It did not start within {StartTimeout.TotalSeconds} s: {server.LastLines}");
                Thread.Sleep(Pause);
            }

            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Kills it, with SIGKILL: it has no time for a word to anybody.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _ = SendSignal(_process.Id, Terminate);
        if (!_process.WaitForExit(StopTimeout))
            Kill();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        _lines.Enqueue(line.Trim());
        while (_lines.Count > KeptLines)
            _lines.TryDequeue(out _);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int processId, int signal);
}
