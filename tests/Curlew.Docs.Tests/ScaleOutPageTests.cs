using System.Text.RegularExpressions;
using Curlew.Testing;

namespace Curlew.Docs.Tests;

/// <summary>Each guarantee that the page on scale-out gives is held by a test that exists and runs.</summary>
public sealed partial class ScaleOutPageTests
{
    private const string Page = "docs/scale-out.md";

    [Fact]
    public async Task Faults_AreEachHeldByTestsThatExist()
    {
        var rows = Markdown.TableBelow((await RepositoryFiles.ReadTextAsync(Page))!, "What is guaranteed in which fault");
        List<string> faults = [];
        foreach (var row in rows)
        {
            row.Length.ShouldBe(4, row[0]);
            var tests = TestPattern().Matches(row[^1]);
            if (tests.Count == 0)
                faults.Add($"{row[0]}: no test is named");
            foreach (var test in tests.AsEnumerable())
            {
                var file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.PathOf(Page))!, test.Groups["file"].Value));
                var source = File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : "";
                if (!HasTest(source, test.Groups["class"].Value, test.Groups["method"].Value))
                    faults.Add($"{row[0]}: there is no test {test.Value}");
            }
        }

        faults.ShouldBeEmpty();
        rows.Count.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task Commands_OfThePage_AreThere()
    {
        var commands = Markdown.BlocksOf((await RepositoryFiles.ReadTextAsync(Page))!, "bash").Select(static block => block.Body.Trim()).Where(static line => line.StartsWith("./", StringComparison.Ordinal)).ToList();

        commands.ShouldNotBeEmpty();
        commands.ShouldAllBe(static command => File.Exists(Repository.PathOf(command.Split(' ', 2)[0].Substring(2))));
    }

    [Theory]
    [InlineData("    [Fact]\n    public async Task A_B()\n", true)]
    [InlineData("    [Theory]\n    [InlineData(1)]\n    public void A_B(int x)\n", true)]
    [InlineData("    [Fact(Skip = \"not today\")]\n    public async Task A_B()\n", false)]
    [InlineData("    public async Task A_B()\n", false)]
    [InlineData("    [Fact]\n    public async Task A_Bc()\n", false)]
    public void Source_HasATest_WhereItIsMarkedAndRuns(string method, bool isTest) => HasTest($"public sealed class C\n{{\n{method}", "C", "A_B").ShouldBe(isTest);

    [Fact]
    public void Source_OfAnotherClass_HasNoneOfItsTests() => HasTest("public sealed class D\n{\n    [Fact]\n    public void A_B()\n", "C", "A_B").ShouldBeFalse();

    private static bool HasTest(string source, string type, string method) =>
        Regex.IsMatch(source, $@"\bclass {Regex.Escape(type)}\b", RegexOptions.None, TimeSpan.FromSeconds(1))
        && Regex.IsMatch(
            source,
            $@"^ +\[(Fact|Theory)\]\n( +\[[^\n]*\n)*( +)public (async )?(Task|void) {Regex.Escape(method)}\(",
            RegexOptions.Multiline | RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"\[`(?<class>\w+)\.(?<method>\w+)`\]\((?<file>[^)]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TestPattern();
}
