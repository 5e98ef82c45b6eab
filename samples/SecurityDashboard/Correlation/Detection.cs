using SecurityDashboard.Normalising;

namespace SecurityDashboard.Correlation;

/// <summary>That a rule was fulfilled.</summary>
/// <param name="Id">The same for the same finding, also where another process makes it again of the same records.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Key">The values of the rule's fields.</param>
/// <param name="Record">The record that completed it.</param>
internal sealed record Detection(string Id, CorrelationRule Rule, IReadOnlyDictionary<string, string> Key, LogRecord Record)
{
    /// <summary>The rule's message with the record's values in it.</summary>
    public string Message => MessageTemplate.Fill(Rule.Message, Record);
}
