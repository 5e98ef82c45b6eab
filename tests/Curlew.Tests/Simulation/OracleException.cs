namespace Curlew.Tests.Simulation;

/// <summary>The engine did what it must never do.</summary>
internal sealed class OracleException(string message) : Exception("The oracle: " + message);
