using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// --dry runs every benchmark once, in whatever it was built as: that it runs, not how fast. The rest is for BenchmarkDotNet, such as --filter '*Text*' and
// --job short.
var isDry = args.Contains("--dry", StringComparer.Ordinal);
var hasJob = args.Contains("--job", StringComparer.Ordinal) || args.Contains("-j", StringComparer.Ordinal);
var config = ManualConfig.Create(DefaultConfig.Instance)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .WithOptions(isDry ? ConfigOptions.DisableOptimizationsValidator : ConfigOptions.Default);
// In this process: a project that is generated for each run would inherit the repository's rules for its own code.
if (!hasJob)
    config.AddJob((isDry ? Job.Dry : Job.Default).WithToolchain(InProcessEmitToolchain.Instance));
string[] passed = [.. args.Where(static arg => arg != "--dry"), .. hasJob ? (string[])["--inProcess"] : []];
var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(passed, config);
return summaries.Any() && summaries.All(static summary => summary.Reports.Length > 0 && summary.Reports.All(static report => report.Success)) ? 0 : 1;
