using SecurityDashboard.Configuration;

namespace SecurityDashboard.Scenarios;

/// <summary>Reads a scenario from a YAML file.</summary>
internal static class ScenarioFile
{
    private const int MaxLines = 2_000;
    private static readonly TimeSpan MaxDuration = TimeSpan.FromHours(1);

    /// <exception cref="SettingsException">The text has faults.</exception>
    public static Scenario Parse(string name, string text) => YamlDocument.Read(name, text, static file =>
    {
        var lines = file.List("steps", ReadStep).SelectMany(static step => step).OrderBy(static line => line.At).ToArray();
        if (lines.Length > MaxLines)
            file.Fault("steps", $"there are {lines.Length} lines; there can be {MaxLines} at the most");
        return new Scenario(file.Text("id"), file.Text("name"), file.Text("description"), lines);
    });

    private static IEnumerable<ScenarioLine> ReadStep(YamlMapping step)
    {
        var at = step.Duration("at", TimeSpan.Zero, MaxDuration);
        var source = step.Text("source");
        var host = step.Has("host") ? step.Text("host") : null;
        var templates = step.Texts("line");
        var repeat = step.Number("repeat", 1, MaxLines, absent: 1);
        var every = step.Duration("every", TimeSpan.Zero, MaxDuration, absent: TimeSpan.Zero);
        foreach (var unknown in templates.SelectMany(ScenarioLine.UnknownPlaceholders))
            step.Fault("line", $"'{{{unknown}}}' means nothing; there are {string.Join(", ", ScenarioLine.Placeholders.Select(static name => $"{{{name}}}"))}");
        if (at + (every * (repeat - 1)) > MaxDuration)
            step.Fault("every", $"the step would end after more than {MaxDuration.TotalHours:0} hour");
        List<ScenarioLine> lines = [];
        for (var number = 1; number <= repeat; number++)
            lines.AddRange(templates.Select(template => new ScenarioLine(at + (every * (number - 1)), source, host, template, number)));
        return lines;
    }
}
