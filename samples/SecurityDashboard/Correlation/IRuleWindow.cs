using SecurityDashboard.Normalising;

namespace SecurityDashboard.Correlation;

/// <summary>What a rule remembers of the records of one key. Its size has a bound that the rule sets, however many records come.</summary>
internal interface IRuleWindow
{
    /// <summary>Takes a record that concerns the rule.</summary>
    /// <returns>Whether the rule is fulfilled.</returns>
    bool Add(LogRecord record);

    /// <summary>Forgets everything.</summary>
    void Clear();
}
