using SecurityDashboard.Configuration;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Classification;

/// <summary>What a record must be like: each field named has one of the values given, in which <c>*</c> stands for any text. Case does not matter.</summary>
internal sealed class Condition
{
    private readonly (string Field, TextPattern[] Patterns)[] _fields;

    private Condition((string Field, TextPattern[] Patterns)[] fields) => _fields = fields;

    /// <summary>Reads <c>match: { field: value, other: [one, two] }</c>.</summary>
    public static Condition Read(YamlMapping owner, string key = "match")
    {
        var mapping = owner.Mapping(key);
        List<(string, TextPattern[])> fields = [];
        foreach (var field in mapping.Keys)
        {
            if (RecordFields.IsField(field))
                fields.Add((field, [.. mapping.Texts(field).Select(static value => new TextPattern(value))]));
            else
                mapping.Fault(field, $"'{field}' is no field of a record; there are {string.Join(", ", RecordFields.Names)}");
        }

        if (!mapping.Keys.Any() && owner.Has(key))
            owner.Fault(key, $"'{key}' must name at least one field");
        return new([.. fields]);
    }

    public bool Matches(LogRecord record)
    {
        foreach (var (field, patterns) in _fields)
        {
            if (RecordFields.Text(record, field) is not { } value || !Array.Exists(patterns, pattern => pattern.Matches(value)))
                return false;
        }

        return true;
    }
}
