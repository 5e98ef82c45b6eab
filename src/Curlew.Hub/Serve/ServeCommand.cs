using System.CommandLine;
using System.CommandLine.Parsing;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Serve;

/// <summary><c>curlew serve</c>: everything but <c>--insecure</c> goes to the configuration of ASP.NET Core as it is.</summary>
internal static class ServeCommand
{
    private const string Examples = """
        curlew serve
        curlew serve --urls http://127.0.0.1:8080 --Curlew:KeepAlive=00:00:30
        curlew serve --urls http://0.0.0.0:5080 --insecure
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
        var settings = new Argument<string[]>("settings")
        {
            Description = "Settings, --NAME=VALUE or --NAME VALUE: --urls, and those of appsettings.json by their path, such as --Curlew:KeepAlive=00:00:30.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        settings.Validators.Add(RefuseWhatIsNoSetting);

        var command = new CommandWithExamples(
            "serve", "Serve a hub: subscribe and publish at /events, a page that shows it live at /.", Examples) { insecure, settings };
        command.SetAction((parsed, cancel) => HubServer.RunAsync(parsed.GetValue(settings) ?? [], parsed.GetValue(insecure), cancel));
        return command;
    }

    private static void RefuseWhatIsNoSetting(ArgumentResult argument)
    {
        for (var i = 0; i < argument.Tokens.Count; i++)
        {
            var token = argument.Tokens[i].Value;
            if (!token.StartsWith("--", StringComparison.Ordinal))
            {
                argument.AddError($"'{token}' is no setting. Settings are written --NAME=VALUE.");
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
