namespace Curlew.AspNetCore.Tests;

/// <summary>Bounds what a test waits for.</summary>
internal static class Deadline
{
    /// <summary>A token that is cancelled after as long as anything may take, or when the run is.</summary>
    public static CancellationToken Token
    {
        get
        {
            // Not disposed: its timer ends with the test's process at the latest.
            var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            source.CancelAfter(Eventually.DefaultDeadline);
            return source.Token;
        }
    }
}
