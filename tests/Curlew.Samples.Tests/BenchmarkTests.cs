namespace Curlew.Samples.Tests;

public sealed class BenchmarkTests
{
    [Fact]
    public async Task Every_micro_benchmark_runs()
    {
        var directory = Directory.CreateTempSubdirectory("curlew-bench");
        try
        {
            var assembly = Repository.PathOf($"bench/Micro/bin/{Repository.Configuration}/net10.0/Micro.dll");
            await using var program = ProgramUnderTest.Start("dotnet", [assembly, "--dry", "--filter", "*"], workingDirectory: directory.FullName);
            (await program.WaitForExitAsync()).ShouldBe(0, string.Join('\n', program.Output));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
