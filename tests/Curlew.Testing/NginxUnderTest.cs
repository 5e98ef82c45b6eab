using System.ComponentModel;
using System.Net;
using System.Net.Sockets;

namespace Curlew.Testing;

/// <summary>A real nginx on a free port of the loopback address, in a directory of its own. Disposing ends it and removes the directory.</summary>
public sealed class NginxUnderTest : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly ProgramUnderTest _program;

    private NginxUnderTest(DirectoryInfo directory, int port, ProgramUnderTest program)
    {
        _directory = directory;
        _program = program;
        Port = port;
    }

    /// <summary>The port that was offered to the configuration.</summary>
    public int Port { get; }

    /// <summary>The error log so far, from the level notice upwards.</summary>
    public IReadOnlyList<string> ErrorLog => _program.Error;

    /// <summary>Starts nginx, and returns when it accepts connections.</summary>
    /// <param name="http">Makes the content of the <c>http</c> block (upstreams, servers) from the port to listen on.</param>
    /// <param name="port">The port, such as that of an nginx that was there before; a free one if not given.</param>
    /// <returns>The running nginx.</returns>
    /// <exception cref="InvalidOperationException">nginx is not installed, or refuses the configuration.</exception>
    public static async Task<NginxUnderTest> StartAsync(Func<int, string> http, int? port = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        var directory = Directory.CreateTempSubdirectory("curlew-nginx-");
        var listen = port ?? FreePort.Next();
        await WriteConfigurationAsync(directory, http(listen));
        NginxUnderTest nginx;
        try
        {
            nginx = new(directory, listen, Run(directory));
        }
        catch
        {
            directory.Delete(recursive: true);
            throw;
        }

        try
        {
            await Eventually.UntilAsync(nginx.AcceptsAsync, because: "nginx accepts connections");
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes nginx read its configuration again: new workers take new connections, the old ones end with their last.</summary>
    /// <param name="http">The new content of the <c>http</c> block; the old one if not given.</param>
    /// <returns>A task that ends when the new workers have started.</returns>
    /// <exception cref="InvalidOperationException">nginx refuses the configuration.</exception>
    public async Task ReloadAsync(Func<int, string>? http = null)
    {
        if (http is not null)
            await WriteConfigurationAsync(_directory, http(Port));
        var logged = ErrorLog.Count;
        _program.Signal(UnixSignal.Hangup);
        await Eventually.UntilAsync(
            () =>
            {
                var news = ErrorLog.Skip(logged);
                ThrowIfRefused(news);
                return news.Any(static line => line.Contains("start worker process ", StringComparison.Ordinal));
            },
            because: "nginx reloads");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static ProgramUnderTest Run(DirectoryInfo directory)
    {
        // Debian puts nginx where only root's PATH leads.
        var sbin = new[] { "/usr/sbin/nginx", "/usr/local/sbin/nginx" }.FirstOrDefault(File.Exists);
        try
        {
            return ProgramUnderTest.Start(sbin ?? "nginx", ["-e", "stderr", "-p", directory.FullName, "-c", "nginx.conf"]);
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("nginx is not installed: 'apt-get install nginx', or run eng/test.sh.", e);
        }
    }

    private static Task WriteConfigurationAsync(DirectoryInfo directory, string http) =>
        File.WriteAllTextAsync(
            Path.Combine(directory.FullName, "nginx.conf"),
            // Workers of a master that runs as root would run as another user, who may not enter the directory.
            $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            daemon off;
            worker_processes 1;
            worker_rlimit_nofile 16384;
            pid nginx.pid;
            error_log stderr notice;
            events { worker_connections 8192; }
            http {
              access_log off;
              client_body_temp_path client_body;
              proxy_temp_path proxy;
              fastcgi_temp_path fastcgi;
              uwsgi_temp_path uwsgi;
              scgi_temp_path scgi;
            {{http}}
            }

            """);

    private static void ThrowIfRefused(IEnumerable<string> log)
    {
        if (log.FirstOrDefault(static line => line.Contains("[emerg]", StringComparison.Ordinal)) is { } refusal)
            throw new InvalidOperationException($"nginx refuses its configuration: {refusal}");
    }

    private async Task<bool> AcceptsAsync()
    {
        if (_program.HasExited)
            await _program.WaitForExitAsync();
        ThrowIfRefused(ErrorLog);
        if (_program.HasExited)
            throw new InvalidOperationException($"nginx has ended:\n{string.Join('\n', ErrorLog)}");
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
