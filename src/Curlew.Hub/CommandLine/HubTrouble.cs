using System.Net.Sockets;

namespace Curlew.Hub.CommandLine;

/// <summary>Says in a person's words why no answer came.</summary>
internal static class HubTrouble
{
    /// <param name="failure">What went wrong.</param>
    /// <param name="events">The address that was asked.</param>
    public static string Describe(Exception failure, Uri events)
    {
        var hub = events.GetLeftPart(UriPartial.Authority);
        return failure switch
        {
            TimeoutException => Reason(failure.Message),
            OperationCanceledException => $"{hub} did not answer in time",
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => $"there is no host {events.Host}",
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => $"no hub answers at {hub} ({Reason(failure.GetBaseException().Message)})",
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => $"no secure connection to {hub}: {Reason(failure.GetBaseException().Message)}",
            _ => $"the connection to {hub} broke: {Reason(failure.GetBaseException().Message)}",
        };
    }

    public static bool IsNobodyThere(Exception failure) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError, InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } };

    private static string Reason(string message) => message.TrimEnd('.');
}
