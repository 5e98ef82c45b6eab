namespace Curlew.Redis.Resp;

/// <summary>What the links of a client tell each other: that a server which was away is there again. Thread-safe.</summary>
internal sealed class ServerNews
{
    // Replaced as a whole with each piece of news.
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the next news.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Ends the pauses of all who wait for news.</summary>
    public void Tell() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
