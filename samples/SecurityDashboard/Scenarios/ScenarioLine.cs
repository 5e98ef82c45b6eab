using System.Globalization;
using System.Text.RegularExpressions;

namespace SecurityDashboard.Scenarios;

/// <summary>A line of a scenario.</summary>
/// <param name="At">When it comes, from the scenario's start.</param>
/// <param name="Source">The source it comes from.</param>
/// <param name="Host">The host, for formats whose lines do not tell it.</param>
/// <param name="Template">The line, with <c>{syslog}</c> or <c>{clf}</c> for its time, <c>{n}</c> for its number among its repetitions, <c>{run}</c> for that of the play.</param>
/// <param name="Number">Its number among its repetitions, from 1.</param>
internal sealed partial record ScenarioLine(TimeSpan At, string Source, string? Host, string Template, int Number)
{
    /// <summary>The play's number is part of addresses and names, so that each play is an attack of its own; it fits a byte.</summary>
    private const int Runs = 250;

    public static readonly IReadOnlyList<string> Placeholders = ["syslog", "clf", "n", "run"];

    /// <summary>The names in braces that mean nothing.</summary>
    public static IEnumerable<string> UnknownPlaceholders(string template) =>
        Placeholder().Matches(template).Select(static match => match.Groups["name"].Value).Where(static name => !Placeholders.Contains(name, StringComparer.Ordinal));

    /// <summary>The line as a log would hold it.</summary>
    /// <param name="time">Its time, in the zone of the log.</param>
    /// <param name="run">The number of the play, from 1.</param>
    public string Write(DateTimeOffset time, int run) => Placeholder().Replace(Template, match => match.Groups["name"].Value switch
    {
        "syslog" => time.ToString("MMM ", CultureInfo.InvariantCulture) + time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2) + time.ToString(" HH:mm:ss", CultureInfo.InvariantCulture),
        "clf" => time.ToString("dd/MMM/yyyy:HH:mm:ss ", CultureInfo.InvariantCulture) + time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal),
        "n" => Number.ToString(CultureInfo.InvariantCulture),
        _ => (((run - 1) % Runs) + 1).ToString(CultureInfo.InvariantCulture),
    });

    [GeneratedRegex(@"\{(?<name>[^{}]*)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Placeholder();
}
