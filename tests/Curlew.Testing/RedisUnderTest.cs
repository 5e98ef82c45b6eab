using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Curlew.Testing;

/// <summary>
/// A real redis-server on a free port of the loopback address, in a directory of its own. Disposing ends it and removes the directory.
/// </summary>
/// <remarks>Not thread-safe, but for <see cref="CliAsync"/>.</remarks>
public sealed class RedisUnderTest : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly RedisServerOptions _options;
    private ProgramUnderTest? _program;

    private RedisUnderTest(DirectoryInfo directory, RedisServerOptions options, int port)
    {
        _directory = directory;
        _options = options;
        Port = port;
    }

    /// <summary>The port of 127.0.0.1 that it listens on; the same after a restart.</summary>
    public int Port { get; }

    /// <summary>What it wrote to its log since it was started last.</summary>
    public IReadOnlyList<string> Log => _program?.Output ?? [];

    /// <summary>Starts a server, and returns when it answers.</summary>
    /// <param name="options">How it is to be; a plain one without persistence if not given.</param>
    /// <returns>The running server.</returns>
    /// <exception cref="InvalidOperationException">redis-server is not installed, or has ended at once.</exception>
    public static async Task<RedisUnderTest> StartAsync(RedisServerOptions? options = null)
    {
        var redis = new RedisUnderTest(Directory.CreateTempSubdirectory("curlew-redis-"), options ?? new(), FreePort.Next());
        try
        {
            await redis.StartAgainAsync();
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the server, as if its machine had lost its power.</summary>
    /// <returns>A task that ends when it has ended.</returns>
    public async Task KillAsync()
    {
        if (_program is not null)
            await _program.DisposeAsync();
        _program = null;
    }

    /// <summary>Starts a server that was killed, on its port and with what it wrote to its directory.</summary>
    /// <returns>A task that ends when it answers.</returns>
    public async Task StartAgainAsync()
    {
        try
        {
            _program = ProgramUnderTest.Start("redis-server", Arguments(), workingDirectory: _directory.FullName);
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("redis-server is not installed: 'apt-get install redis-server', or run eng/test.sh.", e);
        }

        await Eventually.UntilAsync(AcceptsAsync, because: "redis-server accepts connections");
    }

    /// <summary>Sends the process a signal: stopped, it accepts connections and answers nothing.</summary>
    /// <param name="signal">The signal.</param>
    public void Signal(UnixSignal signal) => (_program ?? throw new InvalidOperationException("It does not run.")).Signal(signal);

    /// <summary>Runs redis-cli against the server.</summary>
    /// <param name="arguments">The command.</param>
    /// <returns>What it printed: the reply, raw.</returns>
    /// <exception cref="InvalidOperationException">The server answered with an error.</exception>
    public async Task<string> CliAsync(params string[] arguments)
    {
        List<string> all = ["-p", Port.ToString(CultureInfo.InvariantCulture), "-e"];
        if (_options.Password is { } password)
            all.AddRange(["-a", password, "--no-auth-warning"]);
        if (_options.Tls is { } tls)
            all.AddRange(["--tls", "--insecure", "--cert", tls.CertificatePath, "--key", tls.KeyPath]);
        await using var cli = ProgramUnderTest.Start("redis-cli", [.. all, .. arguments]);
        var code = await cli.WaitForExitAsync();
        var output = string.Join('\n', cli.Output);
        return code == 0
            ? output
            : throw new InvalidOperationException($"redis-cli {string.Join(' ', arguments)}: {output} {string.Join('\n', cli.Error)}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Delete(recursive: true);
    }

    private List<string> Arguments()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        List<string> arguments = [];
        if (_options.Configuration is { } configuration)
        {
            // A sentinel rewrites its file: after a restart it is read as it then is.
            var file = Path.Combine(_directory.FullName, "redis.conf");
            if (!File.Exists(file))
                File.WriteAllText(file, configuration);
            arguments.Add(file);
        }

        arguments.AddRange(_options.Tls is { } tls
            ?
            [
                "--port", "0", "--tls-port", port, "--tls-auth-clients", "no",
                "--tls-cert-file", tls.CertificatePath, "--tls-key-file", tls.KeyPath, "--tls-ca-cert-file", tls.CertificatePath,
            ]
            : ["--port", port]);
        arguments.AddRange(["--bind", "127.0.0.1", "--dir", _directory.FullName]);
        if (_options.IsSentinel)
            return [.. arguments, "--sentinel"];
        arguments.AddRange(["--save", "", "--appendonly", _options.AppendOnly ? "yes" : "no", "--appendfsync", "always", "--enable-debug-command", "local"]);
        if (_options.Password is { } password)
            arguments.AddRange(["--requirepass", password, "--masterauth", password]);
        if (_options.IsCluster)
        {
            arguments.AddRange(
            [
                "--cluster-enabled", "yes", "--cluster-node-timeout", "2000",
                "--cluster-port", FreePort.Next().ToString(CultureInfo.InvariantCulture), "--cluster-allow-replica-migration", "no",
            ]);
        }

        arguments.AddRange(_options.Arguments);
        return arguments;
    }

    private async Task<bool> AcceptsAsync()
    {
        if (_program!.HasExited)
        {
            await _program.WaitForExitAsync();
            throw new InvalidOperationException($"redis-server has ended:\n{string.Join('\n', _program.Output.Concat(_program.Error))}");
        }

        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
