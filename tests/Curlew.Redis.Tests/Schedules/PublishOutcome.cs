using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.Schedules;

/// <summary>What a publisher was told: an id, that nothing was appended, or nothing that it could rely on.</summary>
/// <param name="Id">The id of an event that is in the log.</param>
/// <param name="IsRefused">Whether it surely is not.</param>
internal readonly record struct PublishOutcome(EventId? Id, bool IsRefused)
{
    public static PublishOutcome Unknown => default;

    public static PublishOutcome Refused => new(null, IsRefused: true);

    /// <summary>What a failure says.</summary>
    public static PublishOutcome Failed(string message) => message.StartsWith("Nothing was appended.", StringComparison.Ordinal) ? Refused : Unknown;
}
