namespace SecurityDashboard.Configuration;

/// <summary>What is wrong with the settings, or with a file that they name: every fault, with its line where it has one.</summary>
internal sealed class SettingsException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<string> Faults { get; } = faults;
}
