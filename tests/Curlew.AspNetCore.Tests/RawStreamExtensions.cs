using System.Text.Json.Nodes;

namespace Curlew.AspNetCore.Tests;

/// <summary>Reads answers that are no stream.</summary>
internal static class RawStreamExtensions
{
    extension(RawStream stream)
    {
        /// <summary>Asserts that the answer is a refusal with problem details.</summary>
        /// <param name="status">The status code.</param>
        /// <param name="field">The field named as the one at fault, where one has to be.</param>
        public async Task<JsonNode> ShouldBeRefusedAsync(int status, string? field = null)
        {
            stream.Status.ShouldBe(status);
            stream.Headers["Content-Type"].ShouldBe("application/problem+json");
            var problem = JsonNode.Parse(await stream.ReadToEndAsync(Deadline.Token))!;
            ((int?)problem["status"]).ShouldBe(status);
            ((string?)problem["detail"]).ShouldNotBeNullOrEmpty();
            if (field is not null)
                ((string?)problem["errors"]?[field]?[0]).ShouldNotBeNullOrEmpty($"{problem}");
            return problem;
        }
    }
}
