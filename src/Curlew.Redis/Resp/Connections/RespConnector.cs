using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace Curlew.Redis.Resp;

/// <summary>Makes connections that are ready for commands: TCP, TLS, the handshake, the database.</summary>
internal sealed class RespConnector(RedisConfiguration configuration, TimeProvider time, ILogger logger)
{
    /// <summary>Connects to a server.</summary>
    /// <param name="endpoint">The server.</param>
    /// <param name="isSentinel">Whether it is a sentinel, which has users of its own and no databases.</param>
    /// <param name="pushed">See <see cref="RespConnection"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RedisConnectionException">It could not be reached, or did not let this client in. Nothing was sent but the handshake.</exception>
    public async Task<RespConnection> ConnectAsync(
        RedisEndpoint endpoint, bool isSentinel, Action<RespReply>? pushed, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(configuration.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        RespConnection? connection = null;
        try
        {
            var stream = await OpenStreamAsync(endpoint, both.Token).ConfigureAwait(false);
            connection = new(stream, endpoint, configuration, time, pushed);
            connection.Greeting = await GreetAsync(connection, isSentinel, both.Token).ConfigureAwait(false);
            if (configuration.Database != 0 && !isSentinel)
                await RunAsync(connection, new RespCommand("SELECT"u8).Add(configuration.Database), both.Token).ConfigureAwait(false);
            Messages.Connected(logger, endpoint, connection.Greeting.Protocol);
            return connection;
        }
        catch (Exception e)
        {
            connection?.Dispose();
            if (e is OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                e = new TimeoutException($"no answer within {configuration.ConnectTimeout.TotalSeconds} s");
            }

            // A server's refusal is quoted without the password, which some servers repeat, and without the exception that has its text.
            throw e is RedisServerException refusal
                ? new RedisConnectionException($"Redis at {endpoint} refuses this client: {WithoutSecrets(refusal)}", CommandOutcome.NotSent)
                : new RedisConnectionException($"Cannot connect to Redis at {endpoint}: {Describe(e)}.", CommandOutcome.NotSent, e);
        }
    }

    // A server before version 6, one that renames or forbids HELLO, and one that knows it but not this version.
    private static bool KnowsNoResp3(RedisServerException refusal) =>
        refusal.Code is "NOPROTO" or "NOPERM" || refusal.Message.Contains("unknown command", StringComparison.OrdinalIgnoreCase);

    private static string Describe(Exception e) => e switch
    {
        RedisConnectionException { InnerException: { } cause } => Describe(cause),
        SocketException socket => socket.SocketErrorCode == SocketError.Success ? socket.Message : $"{socket.Message} ({socket.SocketErrorCode})",
        AuthenticationException => $"TLS: {e.Message.TrimEnd('.')}",
        _ => e.Message.TrimEnd('.'),
    };

    private string WithoutSecrets(RedisServerException refusal) =>
        new[] { configuration.Password, configuration.SentinelPassword }.Any(secret => secret is { Length: > 0 } && refusal.Message.Contains(secret, StringComparison.Ordinal))
            ? refusal.Code
            : refusal.Message;

    private async Task<Stream> OpenStreamAsync(RedisEndpoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken).ConfigureAwait(false);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (!configuration.Tls)
                return stream;
            var tls = new SslStream(stream);
            stream = tls;
            var options = new SslClientAuthenticationOptions { TargetHost = configuration.TlsHost ?? endpoint.Host };
            configuration.ConfigureTls?.Invoke(options);
            await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            if (stream is not null)
                await stream.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            throw;
        }
    }

    private async Task<ServerGreeting> GreetAsync(RespConnection connection, bool isSentinel, CancellationToken cancellationToken)
    {
        var (user, password) = isSentinel
            ? (configuration.SentinelUser, configuration.SentinelPassword)
            : (configuration.User, configuration.Password);
        if (configuration.Protocol != RespProtocol.Resp2)
        {
            var hello = new RespCommand("HELLO"u8).Add("3"u8);
            if (password is not null)
                hello.Add("AUTH"u8).Add(user ?? "default").Add(password);
            if (configuration.ClientName is { } name)
                hello.Add("SETNAME"u8).Add(name);
            try
            {
                using (hello)
                using (var reply = await connection.SendAsync(hello, cancellationToken: cancellationToken).ConfigureAwait(false))
                    return ReadGreeting(reply);
            }
            catch (RedisServerException e) when (configuration.Protocol == RespProtocol.Auto && KnowsNoResp3(e))
            {
                Messages.FallsBack(logger, connection.Endpoint, e.Code);
            }
        }

        if (password is not null)
        {
            var auth = new RespCommand("AUTH"u8);
            if (user is not null)
                auth.Add(user);
            await RunAsync(connection, auth.Add(password), cancellationToken).ConfigureAwait(false);
        }

        if (configuration.ClientName is { } clientName)
            await RunAsync(connection, new RespCommand("CLIENT"u8).Add("SETNAME"u8).Add(clientName), cancellationToken).ConfigureAwait(false);
        // The server's first answer, if there was none before: without it, a wrong port would look like a good one.
        try
        {
            using var command = new RespCommand("CLIENT"u8).Add("ID"u8);
            using var id = await connection.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new(2, Mode: null, id.Read().ReadInteger());
        }
        catch (RedisServerException e) when (e.Code is not "NOAUTH")
        {
            return ServerGreeting.Unknown;
        }
    }

    private static ServerGreeting ReadGreeting(RespReply reply)
    {
        var reader = reply.Read();
        string? mode = null;
        long? id = null;
        for (var pairs = reader.ReadMap(); pairs > 0; pairs--)
        {
            var name = reader.ReadBytes();
            if (name.SequenceEqual("mode"u8))
                mode = reader.ReadString();
            else if (name.SequenceEqual("id"u8))
                id = reader.ReadInteger();
            else
                reader.Skip();
        }

        return new(3, mode, id);
    }

    private static async Task RunAsync(RespConnection connection, RespCommand command, CancellationToken cancellationToken)
    {
        using (command)
        using (await connection.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
        }
    }
}
