using System.Net.Sockets;

namespace Curlew.Hub.Publishing;

/// <summary>Says in a person's words why no answer came.</summary>
internal static class HubTrouble
{
    public static string Describe(Exception failure, Uri events)
    {
        var hub = events.GetLeftPart(UriPartial.Authority);
        return failure switch
        {
            OperationCanceledException => $"{hub} did not answer in time",
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => $"there is no host {events.Host}",
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => $"no hub answers at {hub} ({Reason(failure)})",
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => $"no secure connection to {hub}: {Reason(failure)}",
            _ => $"the connection to {hub} broke: {Reason(failure)}",
        };
    }

    public static bool IsNobodyThere(Exception failure) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError, InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } };

    private static string Reason(Exception failure) => failure.GetBaseException().Message.TrimEnd('.');
}
