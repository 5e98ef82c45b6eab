using System.CommandLine;
using System.CommandLine.Parsing;

namespace Curlew.Hub.CommandLine;

/// <summary>An option whose value is a <see cref="Duration"/>.</summary>
internal static class DurationOption
{
    public static Option<Duration> Create(string name, string description, TimeSpan defaultValue) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        DefaultValueFactory = _ => new Duration(defaultValue),
        CustomParser = result => Parse(name, result),
    };

    public static Option<Duration?> CreateOptional(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result => Parse(name, result),
    };

    private static Duration Parse(string name, ArgumentResult result)
    {
        if (!Duration.TryParse(result.Tokens[0].Value, out var duration))
            result.AddError($"{name} takes a time of at most a day with its unit, such as 50ms, 1.5s, 10m or 2h, not '{result.Tokens[0].Value}'.");
        return duration;
    }
}
