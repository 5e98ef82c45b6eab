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

    [GeneratedRegex(@"^ {0,3}(?<fence>```+|~~~+).*?^ {0,3}\k<fence>[`~]*\s*?$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FencePattern();

    [GeneratedRegex(@"(?<ticks>`+)(?!`)(?<code>.+?)(?<!`)\k<ticks>(?!`)", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodeSpanPattern();

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\(<?(?<target>[^)\s>]*)>?(\s+""[^""]*"")?\)|^\[[^\]]+\]:\s*(?<target>\S+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"^#{1,6}\s+(?<title>.+?)\s*#*\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HeadingPattern();
}
