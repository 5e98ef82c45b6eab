namespace Curlew;

/// <summary>An event that cannot be published. Nothing of it, or of its batch, has been.</summary>
public class InvalidEventException : ArgumentException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="field">The part of the event that is wrong: <c>topics</c>, <c>type</c>, <c>data</c>, <c>retry</c>, <c>key</c>, <c>user</c>.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <param name="innerException">What was found wrong first, if anything.</param>
    public InvalidEventException(string field, string fault, Exception? innerException = null)
        : base($"The event cannot be published: {fault}.", innerException)
    {
        Field = field;
        Fault = fault;
    }

    /// <summary>The part of the event that is wrong.</summary>
    public string Field { get; }

    /// <summary>What is wrong with it.</summary>
    public string Fault { get; }
}
