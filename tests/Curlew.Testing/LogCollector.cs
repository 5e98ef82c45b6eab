using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Curlew.Testing;

/// <summary>Keeps every log entry, so that a test can say what a server logged, or that it had nothing to complain of.</summary>
/// <remarks>Thread-safe. Still readable after it was disposed with its host.</remarks>
public sealed class LogCollector : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    /// <summary>All entries so far, in order.</summary>
    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>The entries of level Warning and above: those that an operator is to act on.</summary>
    public IReadOnlyList<LogEntry> Problems => [.. _entries.Where(static entry => entry.Level >= LogLevel.Warning)];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(_entries, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Logger(ConcurrentQueue<LogEntry> entries, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var values = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach (var (name, value) in state as IEnumerable<KeyValuePair<string, object?>> ?? [])
                values[name] = value;
            entries.Enqueue(new(category, logLevel, eventId.Name, formatter(state, exception), values, exception));
        }
    }
}
