using Curlew.Testing;

namespace Curlew.Docs.Tests;

/// <summary>The files that belong to the repository: tracked, or new and not ignored. Paths are relative to its root, with slashes.</summary>
internal static class RepositoryFiles
{
    public static async Task<string[]> ListAsync(params string[] patterns)
    {
        // Another user may own the clone, such as where a container runs the tests.
        await using var git = ProgramUnderTest.Start(
            "git",
            ["-c", "safe.directory=*", "-c", "core.quotePath=off", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", .. patterns],
            workingDirectory: Repository.Root);
        (await git.WaitForExitAsync()).ShouldBe(0, string.Join('\n', git.Error));
        return [.. git.Output.Where(static path => File.Exists(Repository.PathOf(path)))];
    }

    /// <summary>The text of a file, or null if it is none: it has a NUL.</summary>
    public static async Task<string?> ReadTextAsync(string path)
    {
        var text = await File.ReadAllTextAsync(Repository.PathOf(path), TestContext.Current.CancellationToken);
        return text.Contains('\0', StringComparison.Ordinal) ? null : text;
    }
}
