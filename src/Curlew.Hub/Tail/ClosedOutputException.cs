namespace Curlew.Hub.Tail;

/// <summary>Nobody reads standard output any more.</summary>
internal sealed class ClosedOutputException(IOException innerException) : Exception(innerException.Message, innerException);
