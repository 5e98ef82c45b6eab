namespace SecurityDashboard.Scenarios;

/// <summary>A scenario and how far it has been played.</summary>
/// <param name="Id">The scenario.</param>
/// <param name="Name">Its title.</param>
/// <param name="Description">What happens in it.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Speed">How many seconds of it pass in one.</param>
/// <param name="Line">How many of its lines have come.</param>
/// <param name="Lines">How many it has.</param>
/// <param name="Seconds">How long it takes at single speed.</param>
/// <param name="Run">The number of the play; 0 if it was never played.</param>
internal sealed record ScenarioProgress(
    string Id, string Name, string Description, PlayState State, double Speed, int Line, int Lines, double Seconds, int Run);
