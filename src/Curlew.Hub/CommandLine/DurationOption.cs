using System.CommandLine;

namespace Curlew.Hub.CommandLine;

/// <summary>An option whose value is a <see cref="Duration"/>.</summary>
internal static class DurationOption
{
    public static Option<Duration> Create(string name, string description, TimeSpan defaultValue) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        DefaultValueFactory = _ => new Duration(defaultValue),
        CustomParser = result =>
        {
            if (!Duration.TryParse(result.Tokens[0].Value, out var duration))
                result.AddError($"{name} takes a time of at most a day with its unit, such as 50ms, 1.5s, 10m or 2h, not '{result.Tokens[0].Value}'.");
            return duration;
        },
    };
}
