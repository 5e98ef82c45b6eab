using Microsoft.AspNetCore.Http;

namespace Curlew;

/// <summary>The answer to a request that gets no stream, as problem details that name the field.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Field">The query parameter, header or route value at fault.</param>
/// <param name="Fault">What is wrong with it.</param>
internal sealed record Refusal(int Status, string Field, string Fault)
{
    public static Refusal BadRequest(string field, string fault) => new(StatusCodes.Status400BadRequest, field, fault);

    public Task ExecuteAsync(HttpContext context)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal) { [Field] = [Fault] };
        // A type that the platform can serialise without reflection. It brings a title of its own, which is not that of the status.
        return TypedResults.Problem(new HttpValidationProblemDetails(errors) { Status = Status, Title = null, Detail = $"{Field}: {Fault}." }).ExecuteAsync(context);
    }
}
