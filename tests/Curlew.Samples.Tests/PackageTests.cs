namespace Curlew.Samples.Tests;

public sealed class PackageTests
{
    private static readonly TimeSpan BuildDeadline = TimeSpan.FromMinutes(2);

    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk.Web">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <UseAppHost>false</UseAppHost>
            <RestorePackagesPath>packages</RestorePackagesPath>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Curlew.AspNetCore" Version="*-*" />
          </ItemGroup>
        </Project>
        """;

    private const string Sources = """
        <configuration>
          <packageSources>
            <clear />
            <add key="packed" value="packed" />
          </packageSources>
        </configuration>
        """;

    [Fact]
    public async Task The_first_example_builds_from_the_packages_as_it_is_printed()
    {
        var directory = Directory.CreateTempSubdirectory("curlew-");
        try
        {
            foreach (var project in new[] { "Curlew.Protocol", "Curlew", "Curlew.AspNetCore" })
                await RunAsync(directory, "pack", Repository.PathOf($"src/{project}"), "--no-build", "-c", Repository.Configuration, "-o", Path.Combine(directory.FullName, "packed"));
            File.Copy(Repository.PathOf("samples/Orders/Program.cs"), Path.Combine(directory.FullName, "Program.cs"));
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "Example.csproj"), Project, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "nuget.config"), Sources, TestContext.Current.CancellationToken);

            await RunAsync(directory, "build", "Example.csproj");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(DirectoryInfo directory, params string[] arguments)
    {
        // A build server that outlives the command would keep its output open.
        await using var dotnet = ProgramUnderTest.Start(
            "dotnet",
            [.. arguments, "--nologo", "--disable-build-servers", "-v", "quiet"],
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["MSBUILDDISABLENODEREUSE"] = "1" },
            directory.FullName);
        (await dotnet.WaitForExitAsync(BuildDeadline)).ShouldBe(0, string.Join('\n', [.. dotnet.Output, .. dotnet.Error]));
    }
}
