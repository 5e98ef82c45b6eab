using SecurityDashboard.Configuration;
using SecurityDashboard.Correlation;

namespace Curlew.Samples.SecurityDashboard.Tests.Correlation;

public sealed class RuleFileTests
{
    [Fact]
    public void Every_fault_is_named_with_its_line()
    {
        const string file = """
            severities:
              - severity: terrible
                match: { colour: red }
            rules:
              - id: one
                name: One
                severity: high
                message: "{nobody} did it"
                type: threshold
                match: {}
                by: [address, shoe]
                within: 5 minutes
                count: 0
              - id: one
                name: Two
                severity: low
                type: guess
                match: { action: a }
                by: user
                within: 1m
                count: 3
                sever: 3
              - id: three
                name: Three
                severity: low
                message: x
                type: aggregation
                match: { action: a }
                by: user
                within: 1m
                function: sum
                field: user
                threshold: 0
              - id: four
                name: Four
                severity: low
                message: x
                type: sequence
                by: user
                within: 25h
                steps: []
              - not a rule
            extra: 1
            """;

        var faults = Should.Throw<SettingsException>(() => RuleFile.Parse("rules.yaml", file)).Faults;

        faults.Select(static fault => fault.Split(';')[0]).ShouldBe(
        [
            "rules.yaml, line 2: 'severity' is 'terrible'",
            "rules.yaml, line 3: 'colour' is no field of a record",
            "rules.yaml, line 8: '{nobody}' is no field of a record",
            "rules.yaml, line 10: 'match' must name at least one field",
            "rules.yaml, line 11: 'shoe' is no field of a record",
            "rules.yaml, line 12: 'within' is '5 minutes'",
            "rules.yaml, line 13: 'count' is '0'",
            "rules.yaml, line 14: there is another rule 'one'",
            "rules.yaml, line 14: 'message' is missing",
            "rules.yaml, line 17: 'type' is 'guess'",
            "rules.yaml, line 22: 'sever' is not known here",
            "rules.yaml, line 32: 'user' cannot be summed",
            "rules.yaml, line 33: 'threshold' is '0'",
            "rules.yaml, line 40: 'within' is '25h'",
            "rules.yaml, line 41: 'steps' is empty",
            "rules.yaml, line 42: each of 'rules' must be a mapping",
            "rules.yaml, line 43: 'extra' is not known here",
        ]);
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("- a", "line 1")]
    [InlineData("rules: [", "line 2")]
    [InlineData("rules: []\nrules: []", "line 2")]
    [InlineData("severities: 1\nrules: { a: b }", "line 2")]
    public void A_file_that_is_no_list_of_rules_is_refused_with_its_line(string file, string line)
    {
        var faults = Should.Throw<SettingsException>(() => RuleFile.Parse("rules.yaml", file)).Faults;

        faults.ShouldContain(fault => fault.StartsWith($"rules.yaml, {line}: ", StringComparison.Ordinal));
    }
}
