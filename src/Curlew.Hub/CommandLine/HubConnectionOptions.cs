using System.CommandLine;
using System.CommandLine.Parsing;

namespace Curlew.Hub.CommandLine;

/// <summary>The options that every command that talks to a hub has.</summary>
internal sealed class HubConnectionOptions
{
    public const string HubVariable = "CURLEW_HUB";
    private const string DefaultHub = "http://127.0.0.1:5080";
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    public Option<Uri> Hub { get; } = new("--hub")
    {
        Description = $"The hub's address. Without it: the environment variable {HubVariable}, or the hub on this machine.",
        HelpName = "URL",
        DefaultValueFactory = result => ParseHub(Environment.GetEnvironmentVariable(HubVariable) is { Length: > 0 } hub ? hub : DefaultHub, HubVariable, result),
        CustomParser = result => ParseHub(result.Tokens[0].Value, "--hub", result),
    };

    public Option<KeyValuePair<string, string>[]> Header { get; } = new("--header", "-H")
    {
        Description = "A header to send with every request, such as \"Authorization: Bearer …\". May be repeated.",
        HelpName = "NAME: VALUE",
        CustomParser = result => [.. result.Tokens.Select(token => ParseHeader(token.Value, result))],
    };

    public Option<Duration> Timeout { get; } =
        DurationOption.Create("--timeout", "How long to wait for the hub's answer to one request.", DefaultTimeout);

    /// <param name="command">The command.</param>
    /// <param name="withTimeout">Whether it makes requests that have an end.</param>
    public void AddTo(Command command, bool withTimeout = true)
    {
        command.Add(Hub);
        command.Add(Header);
        if (withTimeout)
            command.Add(Timeout);
    }

    public HubConnection Read(ParseResult parsed) =>
        new(parsed.GetRequiredValue(Hub), parsed.GetValue(Header) ?? [], parsed.GetResult(Timeout) is null ? DefaultTimeout : parsed.GetValue(Timeout).Value);

    private static Uri ParseHub(string text, string source, ArgumentResult result)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var hub) || (hub.Scheme != Uri.UriSchemeHttp && hub.Scheme != Uri.UriSchemeHttps))
            result.AddError($"{source} takes an address that begins with http:// or https://, not '{text}'.");
        else if (hub.Query.Length > 0 || hub.Fragment.Length > 0)
            result.AddError($"{source} takes the address of a hub, without '?' and '#': '{text}'.");
        else if (hub.UserInfo.Length > 0)
            result.AddError($"{source} takes no credentials; send them with --header.");
        // With an error the value is never read.
        return hub ?? new Uri(DefaultHub);
    }

    private static KeyValuePair<string, string> ParseHeader(string text, ArgumentResult result)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? "" : text[..colon].Trim();
        var value = text[(colon + 1)..].Trim();
        using var probe = new HttpRequestMessage();
        if (value.AsSpan().ContainsAny('\r', '\n', '\0') || name.Length == 0 || !probe.Headers.TryAddWithoutValidation(name, value))
            result.AddError($"--header takes \"NAME: VALUE\", a request header, not '{text}'.");
        return new(name, value);
    }
}
