namespace Curlew;

/// <summary>A log behind a connection that is not the tail's: it knows whether appends and reads would fail, also while the tail goes on.</summary>
internal interface IConnectedLog
{
    /// <summary>Why they would fail at this moment; <see langword="null"/> where nothing is known against them.</summary>
    string? Trouble { get; }
}
