using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Curlew.Testing;

namespace Curlew.Docs.Tests;

[UnsupportedOSPlatform("windows")]
public sealed partial class FileHygieneTests
{
    [Fact]
    public async Task TextFiles_NameNoPathOfOneMachine()
    {
        List<string> found = [];
        foreach (var path in await RepositoryFiles.ListAsync())
        {
            if (await RepositoryFiles.ReadTextAsync(path) is { } text)
                found.AddRange(MachinePathPattern().Matches(text).Select(match => $"{path}: {match.Value}"));
        }

        found.ShouldBeEmpty();
    }

    [Fact]
    public async Task ShellScripts_AreExecutableAndParse()
    {
        var scripts = 0;
        foreach (var path in await RepositoryFiles.ListAsync())
        {
            var text = await RepositoryFiles.ReadTextAsync(path);
            var hasShebang = text?.StartsWith("#!", StringComparison.Ordinal) == true;
            if (!hasShebang && !path.EndsWith(".sh", StringComparison.Ordinal))
                continue;

            scripts++;
            hasShebang.ShouldBeTrue(path);
            File.GetUnixFileMode(Repository.PathOf(path)).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue($"{path} is not executable");
            if (!text!.Split('\n')[0].EndsWith("sh", StringComparison.Ordinal))
                continue;
            await using var bash = ProgramUnderTest.Start("bash", ["-n", Repository.PathOf(path)]);
            (await bash.WaitForExitAsync()).ShouldBe(0, string.Join('\n', bash.Error));
        }

        scripts.ShouldBeGreaterThan(0);
    }

    // A part of a longer path or of a URL is another thing.
    [GeneratedRegex(@"(?<![\w.})*-])/(work|workspace|root)/", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MachinePathPattern();
}
