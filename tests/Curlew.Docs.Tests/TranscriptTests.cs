using System.Text.RegularExpressions;
using Curlew.Testing;

namespace Curlew.Docs.Tests;

/// <summary>
/// Shell commands in the manual that have their output right below them are run, one after the other, against the program, and must print it. Ids and
/// reconnection times may differ; <c>…</c> stands for anything. A command that follows a stream (<c>curl -N</c>) stays open, as its reader would keep it,
/// and what it prints begins with what the page shows.
/// </summary>
public sealed partial class TranscriptTests
{
    private const string Address = "http://127.0.0.1:5080";

    [Theory]
    [InlineData("README.md", 4)]
    [InlineData("docs/http-interface.md", 9)]
    [InlineData("docs/metrics.md", 1)]
    public async Task Commands_PrintWhatThePageShows(string page, int count)
    {
        await using var hub = ProgramUnderTest.StartCurlew(["serve", "--urls", "http://127.0.0.1:0"]);
        var url = (await hub.WaitForLineAsync(@"listens on (?<url>http://127\.0\.0\.1:\d+)")).Groups["url"].Value;
        var transcripts = Markdown.BlocksOf((await RepositoryFiles.ReadTextAsync(page))!, "bash").Where(static block => block.Next?.Language == "text").ToList();
        transcripts.Count.ShouldBe(count);

        List<(ProgramUnderTest Stream, string Expected)> streams = [];
        try
        {
            foreach (var block in transcripts)
            {
                var shell = ProgramUnderTest.Start("bash", ["-c", block.Body.Replace(Address, url, StringComparison.Ordinal)]);
                if (block.Body.Contains("curl -N", StringComparison.Ordinal))
                {
                    streams.Add((shell, block.Next!.Body));
                    await shell.WaitForLineAsync("^retry: ");
                    continue;
                }

                await using (shell)
                {
                    (await shell.WaitForExitAsync()).ShouldBe(0, block.Body);
                    Matches(shell, block.Next!.Body, isWhole: true).ShouldBeTrue($"{block.Body}\nprinted\n{string.Join('\n', shell.Output)}");
                }
            }

            foreach (var (stream, expected) in streams)
                await Eventually.UntilAsync(() => Matches(stream, expected, isWhole: false), because: expected);
        }
        finally
        {
            foreach (var (stream, _) in streams)
                await stream.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("{\"id\":\"1767225612345-0\"}", true)]
    [InlineData("{\"id\":\"nonsense\"}", false)]
    [InlineData("{\"id\":\"1-1\",\"more\":1}", false)]
    public void Pattern_TakesAnyIdAndNothingElse(string line, bool isMatch) =>
        PatternOf("{\"id\":\"1767225600000-0\"}\n", isWhole: true).IsMatch(line + "\n").ShouldBe(isMatch);

    private static bool Matches(ProgramUnderTest shell, string expected, bool isWhole) =>
        PatternOf(expected, isWhole).IsMatch(string.Concat(shell.Output.Select(static line => line + "\n")));

    private static Regex PatternOf(string expected, bool isWhole)
    {
        var pattern = Regex.Escape(expected.TrimEnd('\n')).Replace("…", "[^\\n]*", StringComparison.Ordinal);
        pattern = RetryPattern().Replace(IdPattern().Replace(pattern, @"\d+-\d+"), @"retry:\ \d+");
        return new($@"\A{pattern}\n{(isWhole ? "*\\z" : "")}", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    [GeneratedRegex(@"\d{13}-\d+", RegexOptions.None, 1000)]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"retry:\\ \d+", RegexOptions.None, 1000)]
    private static partial Regex RetryPattern();
}
