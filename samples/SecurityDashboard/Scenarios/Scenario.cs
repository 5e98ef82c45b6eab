namespace SecurityDashboard.Scenarios;

/// <summary>A story told in log lines, each at its time.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Name">Its title.</param>
/// <param name="Description">What happens in it.</param>
/// <param name="Lines">The lines in the order of their times; at least one.</param>
internal sealed record Scenario(string Id, string Name, string Description, IReadOnlyList<ScenarioLine> Lines)
{
    public TimeSpan Duration => Lines[^1].At;
}
