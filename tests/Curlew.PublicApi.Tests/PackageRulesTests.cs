using System.Reflection;
using System.Text.Json;
using Curlew.Testing;

namespace Curlew.PublicApi.Tests;

public sealed class PackageRulesTests
{
    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Repository.PathOf("src")).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public async Task Project_IsADocumentedPackage(string name)
    {
        var project = await EvaluateAsync(name);

        // A library in which there is nothing to call yet is not published; as soon as there is, it must be.
        project.Property("IsPackable").ShouldBe(HasNothingPublic(name) ? "false" : "true");
        project.Property("PackageId").ShouldBe(name);
        project.Property("Description").ShouldNotBeEmpty();
        project.Property("GenerateDocumentationFile").ShouldBe("true");
        project.Property("TreatWarningsAsErrors").ShouldBe("true");
        if (project.Property("OutputType") == "Library")
            project.Property("IsAotCompatible").ShouldBe("true");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public async Task Project_StandsOnPackagesOnly(string name)
    {
        var project = await EvaluateAsync(name);

        project.Items("ProjectReference")
            .Select(static path => Path.GetFileNameWithoutExtension(path)!)
            .Except(Projects.Select(static row => row.Data), StringComparer.Ordinal)
            .ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public async Task Project_ShowsItsInternalsToNoProgram(string name)
    {
        var project = await EvaluateAsync(name);

        project.Items("InternalsVisibleTo").Where(static assembly => assembly is "Curlew.Hub" or "curlew").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Curlew.Protocol", "Curlew")]
    [InlineData("Curlew.Protocol", "Microsoft")]
    [InlineData("Curlew.Client", "Microsoft.Extensions")]
    [InlineData("Curlew.Client.Hosting", "Microsoft.AspNetCore")]
    [InlineData("Curlew", "Microsoft.AspNetCore")]
    [InlineData("Curlew", "Curlew.AspNetCore")]
    [InlineData("Curlew.Redis", "Microsoft.AspNetCore")]
    [InlineData("Curlew.Redis", "Curlew.AspNetCore")]
    public void Assembly_DoesNotReachUpwards(string assembly, string forbidden) =>
        Assembly.Load(assembly).GetReferencedAssemblies()
            .Select(static reference => reference.Name!)
            .Where(name => name == forbidden || name.StartsWith(forbidden + ".", StringComparison.Ordinal))
            .ShouldBeEmpty();

    private static bool HasNothingPublic(string project) =>
        new FileInfo(Repository.PathOf($"src/{project}/PublicAPI.txt")) is { Exists: true, Length: 0 };

    private static async Task<Evaluation> EvaluateAsync(string project)
    {
        await using var msbuild = ProgramUnderTest.Start("dotnet",
        [
            "msbuild", Repository.PathOf($"src/{project}/{project}.csproj"),
            "-getProperty:IsPackable,PackageId,Description,GenerateDocumentationFile,TreatWarningsAsErrors,OutputType,IsAotCompatible",
            "-getItem:ProjectReference,InternalsVisibleTo",
        ]);
        (await msbuild.WaitForExitAsync()).ShouldBe(0, string.Join('\n', msbuild.Output.Concat(msbuild.Error)));
        return new(JsonDocument.Parse(string.Join('\n', msbuild.Output)).RootElement);
    }

    private sealed record Evaluation(JsonElement Json)
    {
        public string Property(string name) => Json.GetProperty("Properties").GetProperty(name).GetString()!;

        public string[] Items(string name) =>
            [.. Json.GetProperty("Items").GetProperty(name).EnumerateArray().Select(static item => item.GetProperty("Identity").GetString()!)];
    }
}
