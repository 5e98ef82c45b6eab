using Curlew.Testing;

namespace Curlew.Docs.Tests;

/// <summary>The C# that the manual shows is a part of code that is compiled and run, word for word.</summary>
public sealed class ExampleTests
{
    private const string Mark = "sample: ";

    [Fact]
    public async Task CSharp_InTheManual_IsInTheSourceItNames()
    {
        List<string> faults = [];
        var count = 0;
        foreach (var page in await RepositoryFiles.ListAsync("README.md", "docs/*.md"))
        {
            foreach (var block in Markdown.BlocksOf(await RepositoryFiles.ReadTextAsync(page) ?? "", "csharp"))
            {
                count++;
                if (await FindFaultAsync(block) is { } fault)
                    faults.Add($"{page}: {fault}\n{block.Body}");
            }
        }

        faults.ShouldBeEmpty();
        count.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Markdown_FindsBlocksWithTheirCommentsAndFollowers()
    {
        var blocks = Markdown.BlocksOf("<!-- sample: a.cs -->\n```csharp\na();\n```\n\n```bash\nb\n```\n\n```text\nc\n```\n\nwords\n\n```text\nd\n```\n", "bash").ToList();

        var block = blocks.ShouldHaveSingleItem();
        (block.Comment, block.Body, block.Next?.Body).ShouldBe(("", "b\n", "c\n"));
        Markdown.BlocksOf("<!-- sample: a.cs -->\n```csharp\na();\n```\n", "csharp").Single().Comment.ShouldBe("sample: a.cs");
    }

    [Fact]
    public void Contains_TakesOneIndentationForAllLines()
    {
        Contains("{\n    a();\n\n    b();\n}\n", "a();\n\nb();\n").ShouldBeTrue();
        Contains("{\n    a();\n        b();\n}\n", "a();\nb();\n").ShouldBeFalse();
        Contains("{\n    xa();\n}\n", "a();\n").ShouldBeFalse();
    }

    private static async Task<string?> FindFaultAsync(Markdown.Block block)
    {
        if (!block.Comment.StartsWith(Mark, StringComparison.Ordinal))
            return $"no source is named above the block, as in <!-- {Mark}samples/Orders/Program.cs -->";
        var source = block.Comment[Mark.Length..];
        if (!File.Exists(Repository.PathOf(source)))
            return $"there is no {source}";
        return Contains(await RepositoryFiles.ReadTextAsync(source) ?? "", block.Body) ? null : $"it is not in {source}";
    }

    /// <summary>Whether the lines stand in the source, all of them further in by the same width.</summary>
    private static bool Contains(string source, string lines)
    {
        for (var width = 0; width <= 16; width += 4)
        {
            var indent = new string(' ', width);
            var text = string.Concat(lines.TrimEnd('\n').Split('\n').Select(line => line.Length == 0 ? "\n" : $"{indent}{line}\n"));
            if (("\n" + source).Contains("\n" + text, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
