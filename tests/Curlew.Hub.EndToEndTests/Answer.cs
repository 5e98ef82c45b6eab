using System.Text.Json.Nodes;

namespace Curlew.Hub.EndToEndTests;

/// <summary>What the hub answered.</summary>
internal sealed record Answer(int Status, string ContentType, string Body)
{
    /// <summary>The id of the event that was published.</summary>
    public string Id
    {
        get
        {
            Status.ShouldBe(200, Body);
            return (string?)JsonNode.Parse(Body)!["id"] ?? throw new ShouldAssertException($"There is no id: {Body}");
        }
    }

    /// <summary>Asserts that it is a refusal for a person and a program to read, which tells nothing of the inside.</summary>
    /// <param name="status">The status code.</param>
    /// <param name="field">The field named as the one at fault, where one has to be.</param>
    public void ShouldBeRefused(int status, string? field = null)
    {
        Status.ShouldBe(status, Body);
        ContentType.ShouldBe("application/problem+json");
        var problem = JsonNode.Parse(Body)!;
        ((int?)problem["status"]).ShouldBe(status);
        if (field is not null)
        {
            ((string?)problem["detail"]).ShouldNotBeNullOrEmpty();
            ((string?)problem["errors"]?[field]?[0]).ShouldNotBeNullOrEmpty(Body);
        }

        Body.ShouldNotContain("   at ");
        Body.ShouldNotContain("Exception");
    }
}
