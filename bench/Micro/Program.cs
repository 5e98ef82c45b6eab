using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// --dry runs every benchmark once, in whatever it was built as: that it runs, not how fast. The rest is for BenchmarkDotNet, such as --filter '*Text*'.
var isDry = args.Contains("--dry", StringComparer.Ordinal);
// In this process: a project that is generated for each run would inherit the repository's rules for its own code.
var config = ManualConfig.Create(DefaultConfig.Instance)
    .AddJob((isDry ? Job.Dry : Job.Default).WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .WithOptions(isDry ? ConfigOptions.DisableOptimizationsValidator : ConfigOptions.Default);
var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args.Where(static arg => arg != "--dry")], config);
return summaries.Any() && summaries.All(static summary => summary.Reports.Length > 0 && summary.Reports.All(static report => report.Success)) ? 0 : 1;
