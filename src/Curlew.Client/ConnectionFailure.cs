using System.Net;

namespace Curlew.Client;

/// <summary>A connection that could not be made, or that has ended: what a retry policy decides on.</summary>
public sealed class ConnectionFailure
{
    internal ConnectionFailure(Exception? error, int attempt, TimeSpan? defaultDelay) => (Error, Attempt, DefaultDelay) = (error, attempt, defaultDelay);

    /// <summary>
    /// What happened; <see langword="null"/> where the server ended the stream properly. An answer that is no event stream is an
    /// <see cref="EventStreamResponseException"/>, a missing answer or heartbeat a <see cref="TimeoutException"/>.
    /// </summary>
    public Exception? Error { get; }

    /// <summary>The status of an answer that is no event stream; <see langword="null"/> for failures of other kinds.</summary>
    public HttpStatusCode? StatusCode => (Error as EventStreamResponseException)?.StatusCode;

    /// <summary>How many connections in a row have failed, this one counted. A healthy connection ends the row.</summary>
    public int Attempt { get; }

    /// <summary>
    /// What happens without a policy: the time to wait before the next attempt, or <see langword="null"/> where there would be none.
    /// </summary>
    public TimeSpan? DefaultDelay { get; }
}
