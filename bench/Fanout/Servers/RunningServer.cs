using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Servers;

/// <summary>A server that has been started and answers. Disposing ends it with all its processes.</summary>
internal sealed partial class RunningServer : IDisposable
{
    private const int Terminate = 15;
    private const int KeptLines = 5;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly Process _process;
    private readonly DirectoryInfo _directory;
    private readonly ConcurrentQueue<string> _lines = new();

    private RunningServer(Process process, DirectoryInfo directory, int port)
    {
        _process = process;
        _directory = directory;
        PublishTo = SubscribeTo = new(IPAddress.Loopback, port);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where events are published. Two nodes that share a store would be two addresses and one tree of processes.</summary>
    public IPEndPoint PublishTo { get; }

    /// <summary>Where streams are opened.</summary>
    public IPEndPoint SubscribeTo { get; }

    /// <summary>Its processes, as they are now.</summary>
    public ProcessTree Processes => ProcessTree.Of(_process.Id);

    /// <summary>The last lines that it wrote.</summary>
    public string LastLines => string.Join(" / ", _lines);

    /// <summary>Starts a server on a free port and waits until it answers.</summary>
    /// <exception cref="RunFailedException">It does not.</exception>
    public static RunningServer Start(Peer peer, Scenario scenario, CancellationToken cancel)
    {
        var port = FindFreePort();
        var directory = Directory.CreateTempSubdirectory("curlew-bench-");
        var start = peer.CreateStart(port, directory.FullName, scenario);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        var server = new RunningServer(Process.Start(start)!, directory, port);
        try
        {
            for (var deadline = Clock.Now + Clock.FromSeconds(StartTimeout.TotalSeconds); !Peer.IsListening(port);)
            {
                cancel.ThrowIfCancellationRequested();
                if (server._process.HasExited)
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

    /// <summary>Whether it still runs.</summary>
    public bool IsRunning => !_process.HasExited;

    public void Dispose()
    {
        if (!_process.HasExited)
            _ = SendSignal(_process.Id, Terminate);
        if (!_process.WaitForExit(StopTimeout))
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private static int FindFreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
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
