using System.Diagnostics.CodeAnalysis;

namespace Curlew.Redis.Tests.History;

/// <summary>A guarantee does not hold.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Thrown by the checker alone.")]
internal sealed class HistoryException(string message, Exception? cause = null) : Exception(message, cause);
