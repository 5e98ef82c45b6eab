using System.Globalization;
using System.Net;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Serve;

/// <summary>
/// The program's settings, below <c>Curlew:</c> in the configuration. They are the options of the library by their own names; what the program has beside
/// them is here. Reading them collects everything that is wrong, also names that do not exist.
/// </summary>
internal sealed class HubSettings
{
    public const string Section = "Curlew";

    private readonly List<string> _faults = [];
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly IConfigurationSection _section;

    private HubSettings(IConfigurationSection section) => _section = section;

    /// <summary>What is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The origins of other sites whose pages may read and publish. Default: none.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; private set; } = [];

    /// <summary>The proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed: addresses or networks. Default: none.</summary>
    public IReadOnlyList<IPNetwork> KnownProxies { get; private set; } = [];

    /// <summary>The connection string of the Redis that holds the hub's log. Default: none, the log is in memory.</summary>
    public string? Redis { get; private set; }

    /// <summary>The Redis Streams that are shown, each at a path of its own. Default: none.</summary>
    public IReadOnlyList<ShownStream> Streams { get; private set; } = [];

    /// <summary>Reads the settings into the options. What cannot be read leaves its default and is a fault.</summary>
    public static HubSettings Read(IConfiguration configuration, CurlewOptions streams, HubOptions hub)
    {
        var settings = new HubSettings(configuration.GetSection(Section));
        settings.Number("Retention:MaxEvents", value => hub.Retention.MaxEvents = (int)value, int.MaxValue);
        settings.Number("Retention:MaxBytes", value => hub.Retention.MaxBytes = value);
        settings.Time("Retention:MaxAge", value => hub.Retention.MaxAge = value);
        settings.Number("QueueBytes", value => hub.QueueBytes = (int)value, int.MaxValue);
        settings.Number("MaxEventBytes", value => hub.MaxEventBytes = (int)value, int.MaxValue);
        settings.Number("MaxBatchBytes", value => hub.MaxBatchBytes = (int)value, int.MaxValue);
        settings.Choice<SlowConsumerPolicy>("SlowConsumer", value => hub.SlowConsumer = value);
        settings.Time("KeepAlive", value => streams.KeepAlive = value);
        settings.Time("WriteTimeout", value => streams.WriteTimeout = value);
        settings.Time("DrainPeriod", value => streams.DrainPeriod = value);
        settings.Time("MaxConnectionAge", value => streams.MaxConnectionAge = value);
        settings.Number("MaxConnections", value => streams.MaxConnections = (int)value, int.MaxValue);
        settings.Number("MaxConnectionsPerAddress", value => streams.MaxConnectionsPerAddress = (int)value, int.MaxValue);
        settings.Number("MaxConnectionsPerUser", value => streams.MaxConnectionsPerUser = (int)value, int.MaxValue);
        settings.Number("MaxTopicsPerSubscription", value => streams.MaxTopicsPerSubscription = (int)value, int.MaxValue);
        settings.Choice<BusyResponse>("Busy", value => streams.Busy = value);
        settings.AllowedOrigins = settings.List("AllowedOrigins", ReadOrigin);
        settings.KnownProxies = settings.List("KnownProxies", ReadNetwork);
        settings.Redis = settings.Text(nameof(Redis));
        settings.Streams = settings.List(nameof(Streams), ShownStream.Read);
        settings.CheckStreams();
        settings.RefuseUnknown();
        return settings;
    }

    private static (string? Value, string? Fault) ReadOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text.TrimEnd('/')
            ? (text.TrimEnd('/'), null)
            : (null, "an origin is a scheme, a host and perhaps a port, such as https://example.org");

    private static (IPNetwork Value, string? Fault) ReadNetwork(string text) =>
        IPNetwork.TryParse(text, out var network) ? (network, null)
        : IPAddress.TryParse(text, out var address) ? (new(address, address.GetAddressBytes().Length * 8), null)
        : (default, "a proxy is an address or a network, such as 10.0.0.1 or 10.0.0.0/8");

    private void Number(string name, Action<long> set, long max = long.MaxValue)
    {
        if (Text(name) is not { } text)
            return;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value <= max)
            set(value);
        else
            _faults.Add($"{name} is '{text}'; it must be a whole number, at most {max}.");
    }

    private void Time(string name, Action<TimeSpan> set)
    {
        if (Text(name) is not { } text)
            return;
        // A bare number would be days to TimeSpan, and something else to everyone who writes it.
        if (Duration.TryParse(text, out var duration))
            set(duration.Value);
        else if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value))
            set(value);
        else
            _faults.Add($"{name} is '{text}'; it must be a length of time, such as 00:00:15 or 15s.");
    }

    private void Choice<T>(string name, Action<T> set)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
            return;
        if (!char.IsAsciiDigit(text[0]) && Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value))
            set(value);
        else
            _faults.Add($"{name} is '{text}'; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }

    /// <summary>A list, as <c>Name:0</c>, <c>Name:1</c> … or as one text with commas.</summary>
    private List<T> List<T>(string name, Func<string, (T? Value, string? Fault)> read)
    {
        List<T> values = [];
        var texts = (Text(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var item in _section.GetSection(name).GetChildren())
        {
            _known.Add($"{name}:{item.Key}");
            texts = [.. texts, item.Value ?? ""];
        }

        foreach (var text in texts)
        {
            var (value, fault) = read(text);
            if (fault is null)
                values.Add(value!);
            else
                _faults.Add($"{name} has '{text}'; {fault}.");
        }

        return values;
    }

    /// <summary>The text of a setting; empty counts as not set.</summary>
    private string? Text(string name)
    {
        _known.Add(name);
        return _section[name] is { Length: > 0 } text ? text : null;
    }

    private void CheckStreams()
    {
        foreach (var path in Streams.GroupBy(static stream => stream.Path, StringComparer.OrdinalIgnoreCase).Where(static same => same.Skip(1).Any()))
            _faults.Add($"Streams has the path {path.Key} more than once.");
        if (Streams.Count > 0 && Redis is null)
            _faults.Add("Streams needs Redis: say where it is, as in --redis localhost:6379.");
    }

    private void RefuseUnknown()
    {
        foreach (var (path, value) in _section.AsEnumerable(makePathsRelative: true))
        {
            if (value is not null && !_known.Contains(path))
                _faults.Add($"{path} is no setting. The settings are {string.Join(", ", _known.Where(static name => !char.IsAsciiDigit(name[^1])).Order(StringComparer.Ordinal))}.");
        }
    }
}
