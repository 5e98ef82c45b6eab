using System.ComponentModel;

namespace Curlew.Interop.Tests;

/// <summary>The npm packages that the peers are made with, as <c>package-lock.json</c> names them. Installed once, and again when that file changes.</summary>
internal static class NodePackages
{
    public static readonly string Directory = Repository.PathOf("tests/Curlew.Interop.Tests/Peers");

    private static readonly string Lock = Path.Combine(Directory, "package-lock.json");

    // Written last, so that an installation that was interrupted does not count.
    private static readonly string Installed = Path.Combine(Directory, "node_modules", ".installed-lock.json");

    private static readonly Lazy<Task> Installation = new(InstallAsync);

    public static Task EnsureAsync() => Installation.Value;

    private static async Task InstallAsync()
    {
        var wanted = await File.ReadAllTextAsync(Lock);
        if (File.Exists(Installed) && await File.ReadAllTextAsync(Installed) == wanted)
            return;
        try
        {
            await using var npm = ProgramUnderTest.Start("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], workingDirectory: Directory);
            if (await npm.WaitForExitAsync(TimeSpan.FromMinutes(2)) != 0)
            {
                throw new InvalidOperationException(
                    $"The npm packages of these tests are not installed, and 'npm ci' in {Directory} failed; once it needs the npm registry:\n"
                    + string.Join('\n', npm.Error));
            }
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("npm is not installed: 'apt-get install nodejs npm', or run eng/test.sh.", e);
        }

        await File.WriteAllTextAsync(Installed, wanted);
    }
}
