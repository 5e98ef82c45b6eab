using SecurityDashboard.Classification;
using SecurityDashboard.Configuration;
using SecurityDashboard.Correlation;
using SecurityDashboard.Normalising;
using SecurityDashboard.Scenarios;

namespace Curlew.Samples.SecurityDashboard.Tests.Scenarios;

/// <summary>The scenarios that come with the program, against the rules that do.</summary>
public sealed class DefaultScenarioTests
{
    public static TheoryData<string, string[]> Expected => new()
    {
        { "brute-force", ["ssh-brute-force", "ssh-user-enumeration", "ssh-login-after-failures", "lateral-movement"] },
        { "phishing", ["phishing-answered", "phishing-account-taken"] },
        { "exfiltration", ["web-scan", "web-attack", "data-exfiltration", "bulk-export"] },
        { "privilege-escalation", ["sudo-failures", "privilege-escalation", "hidden-root-account", "new-administrator"] },
    };

    [Theory]
    [MemberData(nameof(Expected))]
    public async Task Each_play_raises_its_alerts_and_one_of_them_is_critical(string name, string[] rules)
    {
        var engine = new CorrelationEngine(Lines.DefaultRules.Rules);

        foreach (var speed in new[] { 1.0, 100 })
        {
            var found = await PlayAsync(Read(name), engine, speed);

            found.Select(static detection => detection.Rule.Id).Order(StringComparer.Ordinal).ShouldBe(rules.Order(StringComparer.Ordinal));
            found.ShouldContain(static detection => detection.Rule.Severity == Severity.Critical);
        }
    }

    [Theory]
    [MemberData(nameof(Expected))]
    public void Every_line_is_in_a_format_that_is_known(string name, string[] rules)
    {
        rules.ShouldNotBeEmpty();
        foreach (var line in Read(name).Lines)
            Lines.Normalise(line.Write(Lines.Now, 1)).IsMalformed.ShouldBeFalse(line.Template);
    }

    [Fact]
    public void There_are_four() =>
        Directory.GetFiles(Path.Combine(Lines.SampleRoot, "Scenarios"), "*.yaml").Length.ShouldBe(4);

    [Fact]
    public void A_file_with_faults_is_refused_with_all_of_them()
    {
        var faults = Should.Throw<SettingsException>(() => ScenarioFile.Parse("x.yaml", """
            id: x
            description: y
            steps:
              - at: soon
                source: a
                line: "{time} b"
              - at: 59m
                line: c
                repeat: 3
                every: 2m
            """)).Faults;

        faults.ShouldBe(
        [
            "x.yaml, line 1: 'name' is missing",
            "x.yaml, line 4: 'at' is 'soon'; it must be a time such as 90s, 10m or 1h, from 0s to 1h",
            "x.yaml, line 6: '{time}' means nothing; there are {syslog}, {clf}, {n}, {run}",
            "x.yaml, line 7: 'source' is missing",
            "x.yaml, line 10: the step would end after more than 1 hour",
        ]);
    }

    private static Scenario Read(string name) =>
        ScenarioFile.Parse(name, File.ReadAllText(Path.Combine(Lines.SampleRoot, "Scenarios", $"{name}.yaml")));

    private static async Task<List<Detection>> PlayAsync(Scenario scenario, CorrelationEngine engine, double speed)
    {
        var time = new ManualTimeProvider(Lines.Now.AddHours(speed));
        var normaliser = new LogNormaliser(time);
        List<Detection> found = [];
        using var player = new ScenarioPlayer(scenario, time, EmitAsync, static _ => { }, static (_, _) => { });

        player.Play(speed);
        while (!player.Playing.IsCompleted)
        {
            await Eventually.UntilAsync(() => player.Playing.IsCompleted || time.ActiveTimers > 0);
            time.Advance(TimeSpan.FromSeconds(5 / speed));
        }

        player.Progress.State.ShouldBe(PlayState.Finished);
        return found;

        Task EmitAsync(IReadOnlyList<(ScenarioLine Line, string Text)> lines, CancellationToken cancellationToken)
        {
            foreach (var (line, text) in lines)
                found.AddRange(engine.Process(normaliser.Normalise(new(Guid.NewGuid().ToString(), line.Source, line.Host, text))));
            return Task.CompletedTask;
        }
    }
}
