using System.Text.Json.Serialization;
using SecurityDashboard.Classification;

namespace SecurityDashboard.Normalising;

/// <summary>What a line says, whatever format it was written in. What the line does not tell is null.</summary>
internal sealed record LogRecord
{
    /// <summary>Names the record: one that is delivered again has the same id.</summary>
    public required string Id { get; init; }

    /// <summary>When it happened, by the line; when it was read, where the line does not tell or tells a time that is still to come.</summary>
    public required DateTimeOffset Time { get; init; }

    public required string Source { get; init; }

    public string? Host { get; init; }

    /// <summary>The program that wrote the line: <c>sshd</c>, <c>sudo</c>, <c>web</c>.</summary>
    public string? Program { get; init; }

    public string? User { get; init; }

    /// <summary>The IP address of the other side, in its canonical form.</summary>
    public string? Address { get; init; }

    /// <summary>What was attempted: <c>login</c>, <c>sudo</c>, <c>request</c>.</summary>
    public string? Action { get; init; }

    /// <summary><c>success</c>, <c>failure</c> or <c>denied</c>.</summary>
    public string? Outcome { get; init; }

    /// <summary>What the action was on: a path, a command, an account.</summary>
    public string? Target { get; init; }

    /// <summary>The method of a request or of a login.</summary>
    public string? Method { get; init; }

    public int? Status { get; init; }

    /// <summary>How much was sent.</summary>
    public long? Bytes { get; init; }

    /// <summary>How often it happened: syslog writes repeated messages once, with their number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int Count { get; init; } = 1;

    public Severity Severity { get; init; }

    public required string Message { get; init; }

    public required string Raw { get; init; }

    /// <summary>Whether the line was in no format that is known here.</summary>
    public bool IsMalformed { get; init; }
}
