namespace Curlew.Hub.CommandLine;

/// <summary>Where a hub is and how to talk to it.</summary>
/// <param name="Hub">The hub's address, http or https, without query; it may have a path when a proxy serves it below one.</param>
/// <param name="Headers">Sent with every request.</param>
/// <param name="Timeout">How long one request may take, the answer included; of a stream, how long the head of its answer may take.</param>
internal sealed record HubConnection(Uri Hub, IReadOnlyList<KeyValuePair<string, string>> Headers, TimeSpan Timeout)
{
    private const int MaxAnswerBytes = 1 << 20;

    /// <summary>What the program calls itself.</summary>
    public static string UserAgent { get; } = "curlew/" + typeof(HubConnection).Assembly.GetName().Version!.ToString(3);

    /// <summary>The address events are published to and read from.</summary>
    public Uri Events { get; } = new(Hub.AbsoluteUri.TrimEnd('/') + "/events");

    /// <summary>A client of its own, to be disposed by the caller. It follows no redirects: a POST does not survive them.</summary>
    public HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // A hub that moved to another address is found again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        var client = new HttpClient(new SocketFailureHandler(handler)) { Timeout = Timeout, MaxResponseContentBufferSize = MaxAnswerBytes };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(UserAgent);
        foreach (var (name, value) in Headers)
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        return client;
    }
}
