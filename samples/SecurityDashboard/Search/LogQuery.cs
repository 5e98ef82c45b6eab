using SecurityDashboard.Classification;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Search;

/// <summary>What to look for. What is null does not matter.</summary>
/// <param name="Text">A text that the line holds, in any case.</param>
/// <param name="Address">The address, in its canonical form.</param>
/// <param name="User">The user.</param>
/// <param name="Host">The host, in any case.</param>
/// <param name="Source">The source.</param>
/// <param name="Severity">The least severity.</param>
internal sealed record LogQuery(string? Text, string? Address, string? User, string? Host, string? Source, Severity? Severity)
{
    public bool Matches(LogRecord record) =>
        (Severity is null || record.Severity >= Severity)
        && (Address is null || record.Address == Address)
        && (User is null || record.User == User)
        && (Host is null || string.Equals(record.Host, Host, StringComparison.OrdinalIgnoreCase))
        && (Source is null || record.Source == Source)
        && (Text is null || record.Raw.Contains(Text, StringComparison.OrdinalIgnoreCase));
}
