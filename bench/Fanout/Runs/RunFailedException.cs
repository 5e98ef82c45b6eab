namespace Curlew.Bench.Fanout.Runs;

/// <summary>A run has no figures; the message, a sentence, says why and stands in the table.</summary>
internal sealed class RunFailedException(string message) : Exception(message);
