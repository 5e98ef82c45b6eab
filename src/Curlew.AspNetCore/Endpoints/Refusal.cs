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
        var errors = new Dictionary<string, object?>(StringComparer.Ordinal) { ["errors"] = new Dictionary<string, string[]>(StringComparer.Ordinal) { [Field] = [Fault] } };
        return TypedResults.Problem($"{Field}: {Fault}.", statusCode: Status, extensions: errors).ExecuteAsync(context);
    }
}
