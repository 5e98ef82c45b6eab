using SecurityDashboard.Configuration;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Classification;

/// <summary>Gives records their severity: that of the first rule that matches; <see cref="Severity.Info"/> where none does.</summary>
internal sealed class SeverityClassifier(IReadOnlyList<SeverityClassifier.Rule> rules)
{
    /// <summary>Reads the list <c>severities</c>.</summary>
    public static SeverityClassifier Read(YamlMapping file) =>
        new(file.List("severities", static item => new Rule(item.Choice<Severity>("severity"), Condition.Read(item))));

    public LogRecord Classify(LogRecord record)
    {
        if (record.IsMalformed)
            return record with { Severity = Severity.Unknown };
        foreach (var rule in rules)
        {
            if (rule.Match.Matches(record))
                return record with { Severity = rule.Severity };
        }

        return record with { Severity = Severity.Info };
    }

    internal sealed record Rule(Severity Severity, Condition Match);
}
