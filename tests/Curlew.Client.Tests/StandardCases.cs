using System.Text.Json;

namespace Curlew.Client.Tests;

/// <summary>What the web platform's own tests of EventSource require of a client. Attribution: beside the file, in the tests of the parser.</summary>
internal static class StandardCases
{
    public static IReadOnlyList<JsonElement> All { get; } =
        [.. JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "eventsource-cases.json"))).GetProperty("cases").EnumerateArray()];

    public static IEnumerable<JsonElement> Applicable => All.Where(static item => item.GetProperty("portability").GetString() != "browser-only");

    public static string IdOf(JsonElement item) => item.GetProperty("id").GetString()!;
}
