namespace Curlew;

/// <summary>The log takes no events, or cannot be read, at the moment. Trying again later may help.</summary>
/// <param name="message">What is the matter.</param>
/// <param name="innerException">The cause.</param>
public sealed class EventLogUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
