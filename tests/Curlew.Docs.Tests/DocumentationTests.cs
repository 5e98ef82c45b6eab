using System.Text.RegularExpressions;
using Curlew.Testing;

namespace Curlew.Docs.Tests;

public sealed partial class DocumentationTests
{
    [Fact]
    public async Task RelativeLinks_LeadToFilesAndHeadings()
    {
        List<string> broken = [];
        foreach (var page in await RepositoryFiles.ListAsync("*.md"))
        {
            var text = await ReadAsync(page);
            foreach (var link in Markdown.LinksOf(text).Where(static link => !SchemePattern().IsMatch(link)))
            {
                if (!await ResolvesAsync(page, link))
                    broken.Add($"{page}: {link}");
            }
        }

        broken.ShouldBeEmpty();
    }

    [Fact]
    public async Task SourcePaths_NamedInTheManual_Exist()
    {
        List<string> missing = [];
        foreach (var page in await RepositoryFiles.ListAsync("README.md", "docs/*.md"))
        {
            missing.AddRange(Markdown.CodeSpansOf(await ReadAsync(page))
                .SelectMany(static code => SourcePathPattern().Matches(code))
                .Select(static path => path.Value)
                .Where(static path => !Path.Exists(Repository.PathOf(path)))
                .Select(path => $"{page}: {path}"));
        }

        missing.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("dotnet run --project src/Curlew.Hub")]
    [InlineData("./eng/test.sh")]
    public async Task Readme_NamesTheCommand(string command) => (await ReadAsync("README.md")).ShouldContain(command);

    [Fact]
    public void Markdown_FindsLinksOutsideCode() =>
        Markdown.LinksOf("[a](x.md) ![b](<y.png> \"t\") `[c](no.md)`\n\n```md\n[d](no.md)\n```\n\n[e]: z.md#top\n").ShouldBe(["x.md", "y.png", "z.md#top"]);

    [Fact]
    public void Markdown_FindsCodeOutsideFences() =>
        Markdown.CodeSpansOf("`a` and ``b ` c``\n\n~~~\n`no`\n~~~\n`src/d`").ShouldBe(["a", "b ` c", "src/d"]);

    [Fact]
    public void Markdown_MakesAnchorsOfHeadings() =>
        Markdown.AnchorsOf("# What it is, `exactly`\n## See [this](x.md)\n```sh\n# no\n```\n## What it is, exactly")
            .ShouldBe(["what-it-is-exactly", "see-this", "what-it-is-exactly-1"]);

    private static async Task<bool> ResolvesAsync(string page, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0
            ? Repository.PathOf(page)
            : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, Uri.UnescapeDataString(parts[0])));
        if (!Path.Exists(target) || !(target + "/").StartsWith(Repository.Root + "/", StringComparison.Ordinal))
            return false;
        return parts.Length == 1
            || !target.EndsWith(".md", StringComparison.Ordinal)
            || Markdown.AnchorsOf(await ReadAsync(target)).Contains(parts[1], StringComparer.Ordinal);
    }

    private static Task<string> ReadAsync(string page) =>
        File.ReadAllTextAsync(Repository.PathOf(page), TestContext.Current.CancellationToken);

    [GeneratedRegex("^[a-z][a-z0-9+.-]*:|^//", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SchemePattern();

    [GeneratedRegex(@"(?<![\w./-])(src|tests|samples|eng)/[\w./-]*[\w/]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SourcePathPattern();
}
