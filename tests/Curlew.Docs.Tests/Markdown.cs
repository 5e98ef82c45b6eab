using System.Text.RegularExpressions;

namespace Curlew.Docs.Tests;

/// <summary>What the tests look for in a Markdown file.</summary>
internal static partial class Markdown
{
    /// <summary>The targets of links and images, inline and by reference; not those that are code.</summary>
    public static IEnumerable<string> LinksOf(string text) =>
        LinkPattern().Matches(CodeSpanPattern().Replace(FencePattern().Replace(text, ""), "")).Select(static link => link.Groups["target"].Value);

    /// <summary>The inline code: what stands between backticks, outside fenced blocks.</summary>
    public static IEnumerable<string> CodeSpansOf(string text) =>
        CodeSpanPattern().Matches(FencePattern().Replace(text, "")).Select(static span => span.Groups["code"].Value);

    /// <summary>The anchors of the headings, made as code hosts make them.</summary>
    public static IEnumerable<string> AnchorsOf(string text)
    {
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        foreach (var heading in HeadingPattern().Matches(FencePattern().Replace(text, "")).Select(static heading => heading.Groups["title"].Value))
        {
            var words = LinkPattern().Replace(heading, "${text}").ToLowerInvariant();
            var anchor = string.Concat(words.Where(static c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');
            var count = seen[anchor] = seen.GetValueOrDefault(anchor) + 1;
            yield return count == 1 ? anchor : $"{anchor}-{count - 1}";
        }
    }

    /// <summary>The fenced blocks of a language, each with the comment right above it, if there is one, and the block right below it.</summary>
    public static IEnumerable<Block> BlocksOf(string text, string language)
    {
        Block? last = null;
        foreach (var match in BlockPattern().Matches(text.ReplaceLineEndings("\n")).AsEnumerable())
        {
            var block = new Block(match.Groups["language"].Value, match.Groups["comment"].Value, match.Groups["body"].Value, match.Index + match.Length);
            // Nothing but blank lines stands between.
            if (last is not null)
                yield return last with { Next = match.Index - last.End <= 1 && match.Groups["comment"].Length == 0 ? block : null };
            last = block.Language == language ? block : null;
        }

        if (last is not null)
            yield return last;
    }

    /// <summary>The rows of the first table below a heading, each as its cells, without the head.</summary>
    public static IReadOnlyList<string[]> TableBelow(string text, string heading)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').SkipWhile(line => !line.StartsWith('#') || line.TrimStart('#', ' ') != heading).Skip(1);
        return [.. lines.SkipWhile(static line => !line.StartsWith('|') && !line.StartsWith('#'))
            .TakeWhile(static line => line.StartsWith('|'))
            .Skip(2)
            .Select(CellsOf)];
    }

    /// <summary>The cells of a line of a table; none of any other line.</summary>
    public static string[] CellsOf(string line) => line.StartsWith('|') ? Array.ConvertAll(line.Trim().Trim('|').Split('|'), static cell => cell.Trim()) : [];

    [GeneratedRegex(@"(^<!-- (?<comment>[^\n]*?) -->\n)?^```(?<language>[a-z]+)\n(?<body>.*?)^```\n", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex BlockPattern();

    [GeneratedRegex(@"^ {0,3}(?<fence>```+|~~~+).*?^ {0,3}\k<fence>[`~]*\s*?$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FencePattern();

    [GeneratedRegex(@"(?<ticks>`+)(?!`)(?<code>.+?)(?<!`)\k<ticks>(?!`)", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodeSpanPattern();

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\(<?(?<target>[^)\s>]*)>?(\s+""[^""]*"")?\)|^\[[^\]]+\]:\s*(?<target>\S+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"^#{1,6}\s+(?<title>.+?)\s*#*\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HeadingPattern();

    /// <summary>A fenced block.</summary>
    /// <param name="Language">The word after the fence.</param>
    /// <param name="Comment">The text of the HTML comment right above it.</param>
    /// <param name="Body">Its lines.</param>
    /// <param name="End">Where it ends in the text.</param>
    internal sealed record Block(string Language, string Comment, string Body, int End)
    {
        /// <summary>The block that follows right below it.</summary>
        public Block? Next { get; init; }
    }
}
