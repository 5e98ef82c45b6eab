namespace Curlew.Hub.Serve;

/// <summary>A request from which no event can be read.</summary>
/// <param name="field">The part of it that is wrong.</param>
/// <param name="fault">What is wrong with it.</param>
/// <param name="status">The status code that says so.</param>
internal sealed class InvalidRequestException(string field, string fault, int status = StatusCodes.Status400BadRequest) : InvalidEventException(field, fault)
{
    public int Status { get; } = status;
}
