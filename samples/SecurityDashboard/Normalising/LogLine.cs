namespace SecurityDashboard.Normalising;

/// <summary>A line as it came in.</summary>
/// <param name="Id">Names the line: a line that is delivered again has the same id.</param>
/// <param name="Source">Where it came from, such as the name of a file.</param>
/// <param name="Host">The host, for formats whose lines do not tell it.</param>
/// <param name="Text">The line without its end.</param>
internal sealed record LogLine(string Id, string Source, string? Host, string Text);
