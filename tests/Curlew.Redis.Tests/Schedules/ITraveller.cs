using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Schedules;

/// <summary>A client that comes back, on whichever server, with the last id that it was sent. Not thread-safe.</summary>
/// <remarks>Disposing ends its stream. All that it was sent is in its history then.</remarks>
internal interface ITraveller : IAsyncDisposable
{
    /// <summary>The journey that is under way, or the last one.</summary>
    Task Journey { get; }

    /// <summary>Which server it was sent to last.</summary>
    int Server { get; }

    /// <summary>The newest id that it was sent.</summary>
    EventId Newest { get; }

    /// <summary>Ends its stream and begins another, as soon as a server takes it. One journey at a time.</summary>
    /// <param name="server">Which server.</param>
    void Travel(int server);
}
