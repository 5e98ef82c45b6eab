using System.CommandLine;
using System.CommandLine.Parsing;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Serve;

/// <summary>
/// <c>curlew serve</c>: everything but <c>--insecure</c> goes to the configuration of ASP.NET Core, <c>--redis</c> and <c>--stream</c> as the settings that
/// they are short for, the rest as it is.
/// </summary>
internal static class ServeCommand
{
    private const string Examples = """
        curlew serve
        curlew serve --urls http://127.0.0.1:8080 --Curlew:KeepAlive=00:00:30
        curlew serve --urls http://0.0.0.0:5080 --insecure
        curlew serve --redis localhost:6379 --stream /logs=siem:logs:log
        Curlew__Redis=rediss://app:secret@redis.example:6380/0 curlew serve
        Curlew__Retention__MaxEvents=100000 curlew serve
        """;

    // Settings without a section that the host or the server knows. Any other word without ':' is a slip of the fingers,
    // and configuration would take it without a murmur.
    private static readonly HashSet<string> HostSettings = new(StringComparer.OrdinalIgnoreCase)
    {
        "urls", "http_ports", "https_ports", "environment", "contentRoot", "webRoot", "applicationName", "allowedHosts", "shutdownTimeoutSeconds",
    };

    public static Command Create()
    {
        var insecure = new Option<bool>("--insecure")
        {
            Description = "Listen beyond the loopback address although anyone who reaches it may read and publish.",
        };
        var redis = new Option<string>("--redis")
        {
            Description = "Keep the log in Redis, so that all programs with the same one are one hub: host:port,option=value… or redis://user:password@host:port/0. "
                + "With a password, better the environment variable Curlew__Redis.",
            HelpName = "WHERE",
        };
        redis.Validators.Add(static result =>
        {
            // The value may hold a password, so no message repeats it.
            if (result.Tokens is [{ Value: var value }] && (string.IsNullOrWhiteSpace(value) || value.StartsWith('-')))
                result.AddError("--redis takes where Redis is, such as localhost:6379.");
        });
        var streams = new Option<string[]>("--stream")
        {
            Description = "Show a Redis Stream that another program writes, its field 'payload' as the data: /logs=siem:logs:log serves 'siem:logs' at /logs, "
                + "its events of type 'log'. May be repeated.",
            HelpName = "PATH=KEY:TYPE",
        };
        var settings = new Argument<string[]>("settings")
        {
            Description = "Settings, --NAME=VALUE or --NAME VALUE: --urls, and those of appsettings.json by their path, such as --Curlew:KeepAlive=00:00:30.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        settings.Validators.Add(RefuseWhatIsNoSetting);

        var command = new CommandWithExamples(
            "serve", "Serve a hub: subscribe and publish at /events, a page that shows it live at /.", Examples) { redis, streams, insecure, settings };
        command.SetAction((parsed, cancel) => HubServer.RunAsync(
            [.. parsed.GetValue(settings) ?? [], .. SettingsOf(parsed.GetValue(redis), parsed.GetValue(streams) ?? [])], parsed.GetValue(insecure), cancel));
        return command;
    }

    // Streams under names of their own, so that they come beside those of other sources and do not take their places.
    private static IEnumerable<string> SettingsOf(string? redis, string[] streams) =>
    [
        .. redis is null ? (string[])[] : [$"--{HubSettings.Section}:{nameof(HubSettings.Redis)}={redis}"],
        .. streams.Select(static (stream, number) => $"--{HubSettings.Section}:{nameof(HubSettings.Streams)}:option{number}={stream}"),
    ];

    private static void RefuseWhatIsNoSetting(ArgumentResult argument)
    {
        for (var i = 0; i < argument.Tokens.Count; i++)
        {
            var token = argument.Tokens[i].Value;
            if (!token.StartsWith("--", StringComparison.Ordinal))
            {
                // It may be the end of a connection string that lacks its quotes.
                var isSecret = token.AsSpan().ContainsAny('@', '=');
                argument.AddError($"{(isSecret ? "A value" : $"'{token}'")} is no setting. Settings are written --NAME=VALUE.");
                return;
            }

            var equals = token.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? token[2..] : token[2..equals];
            if (!name.Contains(':', StringComparison.Ordinal) && !HostSettings.Contains(name))
            {
                argument.AddError($"There is no option --{name}. Settings carry their section, such as --Curlew:KeepAlive=00:00:30.");
                return;
            }

            if (equals < 0 && ++i == argument.Tokens.Count)
                argument.AddError($"--{name} needs a value.");
        }
    }
}
