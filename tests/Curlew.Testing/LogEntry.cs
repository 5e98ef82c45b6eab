using Microsoft.Extensions.Logging;

namespace Curlew.Testing;

/// <summary>What a logger was given.</summary>
/// <param name="Category">The logger's name.</param>
/// <param name="Level">The level.</param>
/// <param name="EventName">The name of the log event; the method's, where the message is generated.</param>
/// <param name="Message">The text, with its values in place.</param>
/// <param name="Values">The structured values, by name.</param>
/// <param name="Exception">The exception, if there was one.</param>
public sealed record LogEntry(
    string Category,
    LogLevel Level,
    string? EventName,
    string Message,
    IReadOnlyDictionary<string, object?> Values,
    Exception? Exception)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Level} {Category}: {Message}{(Exception is null ? "" : Environment.NewLine + Exception)}";
}
