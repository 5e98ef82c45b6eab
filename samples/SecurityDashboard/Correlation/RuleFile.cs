using SecurityDashboard.Classification;
using SecurityDashboard.Configuration;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Correlation;

/// <summary>The file <c>rules.yaml</c>: what severity a record has, and what records together mean an alert.</summary>
internal sealed record RuleFile(SeverityClassifier Classifier, IReadOnlyList<CorrelationRule> Rules)
{
    private const int MaxCount = 10_000;
    private static readonly TimeSpan MinTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxTime = TimeSpan.FromHours(24);

    /// <exception cref="SettingsException">The text has faults.</exception>
    public static RuleFile Parse(string name, string text) => YamlDocument.Read(name, text, static file =>
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        return new RuleFile(SeverityClassifier.Read(file), file.List("rules", rule => Read(rule, ids)));
    });

    private static CorrelationRule Read(YamlMapping rule, HashSet<string> ids)
    {
        var id = rule.Text("id");
        if (!ids.Add(id) && id.Length > 0)
            rule.Fault("id", $"there is another rule '{id}'");
        var name = rule.Text("name");
        var severity = rule.Choice<Severity>("severity");
        var by = By(rule);
        var message = rule.Text("message");
        foreach (var unknown in MessageTemplate.UnknownFields(message))
            rule.Fault("message", $"'{{{unknown}}}' is no field of a record; there are {string.Join(", ", RecordFields.Names)}");
        var within = rule.Duration("within", MinTime, MaxTime);
        var suppress = rule.Duration("suppress", MinTime, MaxTime, absent: within);
        var type = rule.Choice<RuleType>("type");
        if (type == RuleType.Aggregation)
        {
            return new AggregationRule
            {
                Id = id,
                Name = name,
                Severity = severity,
                Message = message,
                By = by,
                Within = within,
                Suppress = suppress,
                Match = Condition.Read(rule),
                Function = rule.Choice<AggregationFunction>("function"),
                Field = Field(rule),
                Threshold = Threshold(rule),
            };
        }

        return new SequenceRule
        {
            Id = id,
            Name = name,
            Severity = severity,
            Message = message,
            By = by,
            Within = within,
            Suppress = suppress,
            Steps = type == RuleType.Sequence
                ? rule.List("steps", static step => new SequenceRule.Step(Condition.Read(step), step.Number("count", 1, MaxCount, absent: 1)))
                : [new(Condition.Read(rule), rule.Number("count", 1, MaxCount))],
        };
    }

    private static IReadOnlyList<string> By(YamlMapping rule)
    {
        var by = rule.Texts("by");
        foreach (var unknown in by.Where(static field => !RecordFields.IsField(field)))
            rule.Fault("by", $"'{unknown}' is no field of a record; there are {string.Join(", ", RecordFields.Names)}");
        return by;
    }

    private static string Field(YamlMapping rule)
    {
        var field = rule.Text("field");
        if (field.Length > 0 && !RecordFields.IsField(field))
            rule.Fault("field", $"'{field}' is no field of a record; there are {string.Join(", ", RecordFields.Names)}");
        else if (RecordFields.IsField(field) && !RecordFields.IsNumber(field) && rule.Text("function").Equals("sum", StringComparison.OrdinalIgnoreCase))
            rule.Fault("field", $"'{field}' cannot be summed; there are {string.Join(", ", RecordFields.NumberNames)}");
        return field;
    }

    private static long Threshold(YamlMapping rule)
    {
        var threshold = rule.Amount("threshold");
        // The window of a distinct count holds that many values.
        if (threshold > MaxCount && rule.Text("function").Equals("distinct", StringComparison.OrdinalIgnoreCase))
            rule.Fault("threshold", $"'threshold' of a distinct count can be {MaxCount} at the most");
        return threshold;
    }
}
