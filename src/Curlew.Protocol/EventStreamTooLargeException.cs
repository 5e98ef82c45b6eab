using System.Globalization;

namespace Curlew.Protocol;

/// <summary>A block of an event stream is larger than <see cref="EventStreamParserOptions.MaxBlockBytes"/> allows.</summary>
/// <param name="maxBlockBytes">The limit, in bytes.</param>
public sealed class EventStreamTooLargeException(int maxBlockBytes)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"A block of the event stream is larger than the limit of {maxBlockBytes} bytes."))
{
    /// <summary>The limit that was passed, in bytes.</summary>
    public int MaxBlockBytes { get; } = maxBlockBytes;
}
