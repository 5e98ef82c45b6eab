using System.Net;

namespace Curlew.Hub.Publishing;

/// <summary>What is tried again, and when.</summary>
/// <param name="GiveUp">How long an outage may last.</param>
internal sealed record RetryPolicy(TimeSpan GiveUp)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>Whether time may heal what a hub answered.</summary>
    public static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    /// <summary>Whether time may heal what befell the connection: a certificate stays as wrong as it is.</summary>
    public static bool IsTransient(HttpRequestException failure) =>
        failure.HttpRequestError is not (HttpRequestError.SecureConnectionError or HttpRequestError.ConfigurationLimitExceeded
            or HttpRequestError.UserAuthenticationError or HttpRequestError.VersionNegotiationError);

    /// <summary>
    /// The time before another attempt: exponential with full jitter, so that those who were cut together do not come back
    /// together, and never sooner than the hub asked.
    /// </summary>
    /// <param name="attempt">How many attempts of this request have failed, from 1.</param>
    /// <param name="retryAfter">What the hub asked for.</param>
    /// <param name="random">The jitter's source.</param>
    public static TimeSpan DelayBefore(int attempt, TimeSpan? retryAfter, Random random)
    {
        var ceiling = FirstDelay * Math.Pow(2, Math.Min(attempt - 1, 10));
        return (retryAfter ?? TimeSpan.Zero) + random.NextDouble() * (ceiling < LongestDelay ? ceiling : LongestDelay);
    }
}
