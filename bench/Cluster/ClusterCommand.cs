using System.CommandLine;
using System.ComponentModel;
using System.Globalization;
using Curlew.Bench.Fanout.Linux;
using Curlew.Bench.Fanout.Runs;
using Curlew.Bench.Fanout.Servers;

namespace Curlew.Bench.Cluster;

/// <summary>From the words typed to the run and its exit code.</summary>
internal static class ClusterCommand
{
    private const int Failure = 1;
    private const int Interrupted = 130;

    /// <summary>Parses and runs.</summary>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) =>
        Create(output, error).Parse(args).InvokeAsync(new()
        {
            Output = output,
            Error = error,
            // Time to stop the servers that are running.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
        });

    /// <summary>Runs a plan.</summary>
    /// <returns>The exit code: 0 when every client got every event once and in order.</returns>
    public static int Run(Plan plan, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        if (new CurlewRedisPeer().FindMissing() is { } missing)
        {
            error.WriteLine($"cluster: {missing}");
            return Failure;
        }

        var clients = plan.CountsRedis ? plan.CountedClients.Max() : plan.Clients;
        if (OpenFileLimit.RaiseFor(clients) is var most && most < clients)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cluster: {clients:#,0} clients need as many open files, and there may be {most:#,0}. Raise the limit (ulimit -n) or use fewer clients."));
            return Failure;
        }

        try
        {
            return plan.CountsRedis ? CountRedis(plan, output, error, cancel) : Kill(plan, output, error, cancel);
        }
        catch (Exception e) when (e is RunFailedException or IOException or Win32Exception or System.Net.Sockets.SocketException)
        {
            error.WriteLine($"cluster: {e.Message}");
            return Failure;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("stopped");
            return Interrupted;
        }
    }

    private static int Kill(Plan plan, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        if (plan.Clients < 2 * plan.Topics)
        {
            error.WriteLine("cluster: each topic needs at least two clients, one on each process.");
            return Failure;
        }

        var result = KillRun.Run(plan, error, cancel);
        output.WriteLine();
        output.WriteLine(result.Write());
        output.WriteLine(result.IsComplete ? "Every client got every event, once and in order." : "THAT IS NOT EVERYTHING, ONCE AND IN ORDER.");
        return result.IsComplete ? 0 : Failure;
    }

    private static int CountRedis(Plan plan, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        List<RedisUse> uses = [];
        foreach (var clients in plan.CountedClients)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"One process with {clients:#,0} clients: {plan.Duration.TotalSeconds:0.##} s idle, then as long with {plan.CountedRate:0.##} events a second."));
            uses.AddRange(RedisUseRun.Run(clients, plan.CountedRate, plan.Duration, cancel));
        }

        output.WriteLine();
        output.WriteLine(RedisUse.Write(uses));
        return 0;
    }

    private static RootCommand Create(TextWriter output, TextWriter error)
    {
        var clients = NumberOption("--clients", "The clients, spread over two processes.", Plan.DefaultClients);
        var topics = NumberOption("--topics", "The topics; each client has one of them.", Plan.DefaultTopics);
        var rate = NumberOption("--rate", "The events a second, over all topics.", Plan.DefaultRate);
        var seconds = NumberOption("--seconds", "How long events are published; with --figures, how long Redis is watched each time.", Plan.DefaultSeconds);
        var figures = new Option<bool>("--figures") { Description = "Counts the connections and commands of Redis instead, for one process with few clients and with many." };
        var counted = NumberOption("--figure-clients", "The many clients.", Plan.DefaultManyClients);
        var countedRate = NumberOption("--figure-rate", "The events a second while they are counted.", Plan.DefaultFigureRate);
        var command = new RootCommand("Kills one of two curlew processes that share a Redis, and checks that no client loses or repeats an event.")
        {
            clients, topics, rate, seconds, figures, counted, countedRate,
        };
        command.SetAction((parsed, cancel) => Task.Run(
            () => Run(
                new()
                {
                    Clients = parsed.GetValue(clients),
                    Topics = parsed.GetValue(topics),
                    Rate = parsed.GetValue(rate),
                    Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                    CountsRedis = parsed.GetValue(figures),
                    CountedClients = [Plan.DefaultFewClients, parsed.GetValue(counted)],
                    CountedRate = parsed.GetValue(countedRate),
                },
                output,
                error,
                cancel),
            CancellationToken.None));
        return command;
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
