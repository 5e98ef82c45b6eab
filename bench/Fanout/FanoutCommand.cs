using System.CommandLine;
using System.Globalization;
using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Reports;
using Curlew.Bench.Fanout.Runs;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Fanout;

/// <summary>From the words typed to the comparison run and its exit code.</summary>
internal static class FanoutCommand
{
    private const int Failure = 1;
    private const int Interrupted = 130;
    private static readonly int[] Sweep = [100, 300, 1_000, 3_000, 9_000];
    private static readonly string[] Swept = ["curlew", Peers.Rival, "aspnetcore", Peers.Floor];

    /// <summary>Parses and runs.</summary>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) =>
        Create(output, error).Parse(args).InvokeAsync(new()
        {
            Output = output,
            Error = error,
            // Time to stop the server that is running.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(15),
        });

    private static RootCommand Create(TextWriter output, TextWriter error)
    {
        var servers = NamesOption("--servers", "What to compare, separated by commas.", Peers.All.Select(static peer => peer.Name));
        var scenarios = NamesOption(
            "--scenarios",
            "What to run, separated by commas; a front part of names stands for all of them, 'none' for none.",
            Scenarios.All(Scenarios.DefaultStreams, Scenarios.DefaultRate).Select(static scenario => scenario.Name));
        var rounds = NumberOption("--rounds", "How often everything is run.", 5);
        var streams = NumberOption("--streams", "The streams of the paced run, of which the others take theirs.", Scenarios.DefaultStreams);
        var rate = NumberOption("--rate", "The events a second of the paced run, of which the others take theirs.", Scenarios.DefaultRate);
        var seconds = NumberOption("--seconds", "How long each run is measured.", 5);
        var quick = new Option<bool>("--quick") { Description = "One short round with few streams, to see that everything works; its figures mean nothing." };
        var sweep = new Option<bool>("--sweep") { Description = "Also runs 100 to 9,000 streams, and plots deliveries a second and CPU per delivery against them." };
        var requireAll = new Option<bool>("--require-all") { Description = "Fails when a server is missing, rather than to leave it out." };
        var directory = new Option<DirectoryInfo>("--output")
        {
            Description = "Where RESULTS.md and the plots go.",
            HelpName = "DIRECTORY",
            DefaultValueFactory = static _ => new(Path.Combine(BenchFiles.Root, "artifacts/fanout")),
        };

        var command = new RootCommand("Compares servers that fan Server-Sent Events out, under the same load from the same generator.")
        {
            servers, scenarios, rounds, streams, rate, seconds, quick, sweep, requireAll, directory,
        };
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                var isQuick = parsed.GetValue(quick);
                return Run(
                    new Plan
                    {
                        Servers = parsed.GetValue(servers)!,
                        Scenarios = parsed.GetValue(scenarios)!,
                        Rounds = Pick(rounds, 1),
                        Streams = Pick(streams, 100),
                        Rate = parsed.GetValue(rate),
                        Settings = new()
                        {
                            Measure = TimeSpan.FromSeconds(Pick(seconds, 1)),
                            WarmUp = TimeSpan.FromSeconds(isQuick ? 0.3 : 3),
                            Settle = TimeSpan.FromSeconds(0.3),
                            Idle = TimeSpan.FromSeconds(isQuick ? 0.5 : 17),
                        },
                        IsSwept = parsed.GetValue(sweep),
                        SweptStreams = isQuick ? [50, 100] : Sweep,
                        RequiresAll = parsed.GetValue(requireAll),
                        Directory = parsed.GetValue(directory)!.FullName,
                        Command = string.Join(' ', ["./bench/fanout.sh", .. parsed.Tokens.Select(static token => token.Value)]),
                    },
                    output,
                    error,
                    cancel);

                // What is given stands, also where the run is quick.
                int Pick(Option<int> option, int quickly) => isQuick && parsed.GetResult(option)?.Implicit != false ? quickly : parsed.GetValue(option);
            },
            CancellationToken.None));
        return command;
    }

    /// <summary>Runs a plan.</summary>
    /// <returns>The exit code: 0 when every run gave figures and every stream was complete, also where a server was skipped.</returns>
    public static int Run(Plan plan, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        var (peers, missing) = FindPeers(plan, error);
        if (peers.Count == 0 || (plan.RequiresAll && missing.Count > 0))
        {
            error.WriteLine("fanout: there is nothing to run without the servers that are missing.");
            return Failure;
        }

        if (BenchFiles.Configuration != "Release")
            error.WriteLine($"fanout: this is a {BenchFiles.Configuration} build; its figures mean nothing.");
        var scenarios = Limit([.. Scenarios.All(plan.Streams, plan.Rate).Where(scenario => plan.Scenarios.Contains(scenario.Name, StringComparer.Ordinal))], error);
        var comparison = Compare(scenarios, peers);
        var sweep = plan.IsSwept ? Compare(Limit(Scenarios.Sweep(plan.SweptStreams), error), [.. peers.Where(static peer => Swept.Contains(peer.Name, StringComparer.Ordinal))]) : null;
        var report = new Report { Comparison = comparison, Sweep = sweep, Missing = missing, Command = plan.Command };
        var isInterrupted = false;
        try
        {
            // What has been measured is kept, whatever happens to the rest.
            comparison.Run(() => report.Save(plan.Directory), cancel);
            sweep?.Run(() => report.Save(plan.Directory), cancel);
        }
        catch (OperationCanceledException)
        {
            isInterrupted = true;
            error.WriteLine("stopped");
        }

        output.WriteLine();
        output.WriteLine(report.WriteTable());
        if (sweep is not null)
            output.WriteLine(ResultTable.Write(sweep));
        output.WriteLine($"Also in {Path.Combine(plan.Directory, "RESULTS.md")}, with plots beside it.");
        return isInterrupted ? Interrupted : comparison.IsComplete && sweep?.IsComplete != false ? 0 : Failure;

        Comparison Compare(IReadOnlyList<Scenario> ofScenarios, IReadOnlyList<Peer> ofPeers) =>
            new() { Scenarios = ofScenarios, Peers = ofPeers, Settings = plan.Settings, Rounds = plan.Rounds, Progress = error };
    }

    private static (List<Peer> Peers, List<(Peer, string)> Missing) FindPeers(Plan plan, TextWriter error)
    {
        List<Peer> found = [];
        List<(Peer, string)> missing = [];
        foreach (var peer in Peers.All.Where(peer => plan.Servers.Contains(peer.Name, StringComparer.Ordinal)))
        {
            if (peer.FindMissing() is not { } reason)
            {
                found.Add(peer);
                continue;
            }

            missing.Add((peer, reason));
            error.WriteLine($"fanout: {peer.Name} is left out: {reason}");
        }

        return (found, missing);
    }

    /// <summary>No scenario has more streams than the system lets a process have open files.</summary>
    private static IReadOnlyList<Scenario> Limit(IReadOnlyList<Scenario> scenarios, TextWriter error)
    {
        var most = OpenFileLimit.RaiseFor(scenarios.Count == 0 ? 0 : scenarios.Max(static scenario => scenario.Sockets));
        return [.. scenarios.Where(scenario =>
        {
            if (scenario.Sockets <= most)
                return true;
            error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"fanout: {scenario.Name} is left out: it needs {scenario.Sockets:#,0} sockets in a process, and there may be {most:#,0}. Raise the limit (ulimit -n) or use fewer --streams."));
            return false;
        })];
    }

    private static Option<string[]> NamesOption(string name, string description, IEnumerable<string> known)
    {
        string[] names = [.. known];
        return new(name)
        {
            Description = $"{description} One of: {string.Join(", ", names)}.",
            HelpName = "NAMES",
            DefaultValueFactory = _ => names,
            AllowMultipleArgumentsPerToken = false,
            CustomParser = result =>
            {
                List<string> chosen = [];
                foreach (var part in result.Tokens.SelectMany(static token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries)))
                {
                    var matches = Array.FindAll(names, other => other == part) is { Length: > 0 } exact ? exact : Array.FindAll(names, other => other.StartsWith(part, StringComparison.Ordinal));
                    if (matches.Length == 0 && part != "none")
                        result.AddError($"{name} has no '{part}'; there are {string.Join(", ", names)}.");
                    chosen.AddRange(matches);
                }

                return [.. chosen];
            },
        };
    }

    private static Option<int> NumberOption(string name, string description, int defaultValue)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => defaultValue };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError($"{name} must be at least 1.");
        });
        return option;
    }
}
