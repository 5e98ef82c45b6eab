using System.Text.Json;
using Curlew.Docs.Tests;

namespace Curlew.Interop.Tests;

/// <summary>The page of the manual lists what runs here, in the versions that run here.</summary>
public sealed class InteropPageTests
{
    [Fact]
    public async Task Libraries_AreListedWithTheirVersions()
    {
        await using var file = File.OpenRead(Path.Combine(NodePackages.Directory, "package.json"));
        using var package = await JsonDocument.ParseAsync(file, cancellationToken: Deadline.Token);
        var installed = package.RootElement.GetProperty("dependencies").EnumerateObject().Select(static library => (library.Name, library.Value.GetString()!));
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs/interop.md"), Deadline.Token);

        var listed = new[] { "Clients of a Curlew server", "Servers for Curlew's client" }
            .SelectMany(heading => Markdown.TableBelow(page, heading))
            .Where(static row => char.IsDigit(row[1][0]))
            .Select(static row => (row[0].Trim('`'), row[1]));

        listed.Order().ShouldBe(installed.Order());
    }
}
