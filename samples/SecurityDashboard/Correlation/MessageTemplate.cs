using System.Text.RegularExpressions;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Correlation;

/// <summary>A text with <c>{field}</c> for the fields of a record.</summary>
internal static partial class MessageTemplate
{
    private const int MaxValueLength = 200;

    /// <summary>The names in braces that are no fields.</summary>
    public static IEnumerable<string> UnknownFields(string template) =>
        Placeholder().Matches(template).Select(static match => match.Groups["field"].Value).Where(static field => !RecordFields.IsField(field));

    public static string Fill(string template, LogRecord record) => Placeholder().Replace(template, match =>
    {
        var value = RecordFields.Text(record, match.Groups["field"].Value) ?? "?";
        return value.Length <= MaxValueLength ? value : value.Limit(MaxValueLength) + "…";
    });

    [GeneratedRegex(@"\{(?<field>[^{}]*)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Placeholder();
}
