namespace Curlew.Testing;

/// <summary>Bounds what a test waits for.</summary>
internal static class Deadline
{
    /// <summary>A token that is cancelled after as long as anything may take, or when the run is.</summary>
    public static CancellationToken Token => In(Eventually.DefaultDeadline);

    /// <summary>A token that is cancelled after a time, or when the run is.</summary>
    public static CancellationToken In(TimeSpan time)
    {
        // Not disposed: its timer ends with the test's process at the latest.
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(time);
        return source.Token;
    }
}
