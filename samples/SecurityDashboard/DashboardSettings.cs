using SecurityDashboard.Configuration;
using SecurityDashboard.Correlation;
using SecurityDashboard.Scenarios;

namespace SecurityDashboard;

/// <summary>What the program is told at its start, by <c>appsettings.json</c>, environment variables or the command line.</summary>
internal sealed record DashboardSettings
{
    private const int DefaultRetention = 20_000;
    private const int MaxRetention = 1_000_000;

    /// <summary>The files that are followed (<c>--files</c>, with semicolons between them).</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Whether what is in the files already is read (<c>--from-start true</c>).</summary>
    public required bool FromStart { get; init; }

    /// <summary>Whether standard input is read (<c>--stdin true</c>).</summary>
    public required bool StandardInput { get; init; }

    /// <summary>How many log lines are retained, to be shown and searched (<c>--retention</c>).</summary>
    public required int Retention { get; init; }

    /// <summary>The Redis that processes share (<c>--redis</c>); null where this one is alone, with its logs in memory.</summary>
    public required string? Redis { get; init; }

    public required RuleFile Rules { get; init; }

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    /// <summary>Reads the settings, and the files of rules (<c>--rules</c>) and scenarios (<c>--scenarios</c>) that they name.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="contentRoot">Where paths begin.</param>
    /// <exception cref="SettingsException">Something is wrong; every fault is named.</exception>
    public static DashboardSettings Read(IConfiguration configuration, string contentRoot)
    {
        List<string> faults = [];
        var settings = new DashboardSettings
        {
            Files = (configuration["files"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            FromStart = Flag("from-start"),
            StandardInput = Flag("stdin"),
            Retention = Retention(),
            Redis = string.IsNullOrWhiteSpace(configuration["redis"]) ? null : configuration["redis"],
            Rules = ReadRules() ?? new(new([]), []),
            Scenarios = ReadScenarios(),
        };
        return faults.Count == 0 ? settings : throw new SettingsException(faults);

        bool Flag(string name)
        {
            if (configuration[name] is not { } text)
                return false;
            if (!bool.TryParse(text, out var value))
                faults.Add($"'{name}' is '{text}'; it must be true or false");
            return value;
        }

        int Retention()
        {
            if (configuration["retention"] is not { } text)
                return DefaultRetention;
            if (int.TryParse(text, out var value) && value is > 0 and <= MaxRetention)
                return value;
            faults.Add($"'retention' is '{text}'; it must be a number from 1 to {MaxRetention}");
            return DefaultRetention;
        }

        RuleFile? ReadRules()
        {
            var path = Path.GetFullPath(configuration["rules"] ?? "rules.yaml", contentRoot);
            return Try(path, text => RuleFile.Parse(Path.GetFileName(path), text));
        }

        List<Scenario> ReadScenarios()
        {
            var directory = Path.GetFullPath(configuration["scenarios"] ?? "Scenarios", contentRoot);
            List<Scenario> scenarios = [];
            foreach (var path in Directory.Exists(directory) ? Directory.GetFiles(directory, "*.yaml").Order(StringComparer.Ordinal).ToArray() : [])
            {
                var name = Path.GetFileName(path);
                if (Try(path, text => ScenarioFile.Parse(name, text)) is not { } scenario)
                    continue;
                if (scenarios.Exists(other => other.Id == scenario.Id))
                    faults.Add($"{name}: there is another scenario '{scenario.Id}'");
                else
                    scenarios.Add(scenario);
            }

            return scenarios;
        }

        T? Try<T>(string path, Func<string, T> parse)
            where T : class
        {
            try
            {
                return parse(File.ReadAllText(path));
            }
            catch (SettingsException e)
            {
                faults.AddRange(e.Faults);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add($"{path} cannot be read: {e.Message}");
            }

            return null;
        }
    }
}
