using System.Collections.Frozen;
using SecurityDashboard.Alerts;
using SecurityDashboard.Ingest;

namespace SecurityDashboard.Scenarios;

/// <summary>The players of all scenarios. Their lines go the way of all lines, their state to the viewers.</summary>
internal sealed class ScenarioStage : IHostedService, IDisposable
{
    private const string Topic = "scenarios";
    private const string EventType = "scenario";

    private readonly FrozenDictionary<string, ScenarioPlayer> _players;

    public ScenarioStage(IReadOnlyList<Scenario> scenarios, LineFeed feed, IEventPublisher events, TimeProvider time, ILogger<ScenarioStage> logger)
    {
        // With the alerts rather than in a hub of their own: a page has few connections to spend.
        var hub = events.Hub(AlertBook.Hub);
        _players = scenarios.ToFrozenDictionary(
            static scenario => scenario.Id,
            scenario => new ScenarioPlayer(
                scenario, time, EmitAsync, progress => hub.Enqueue(Topic, progress, EventType), (id, e) => Messages.ScenarioFailed(logger, id, e)),
            StringComparer.Ordinal);

        async Task EmitAsync(IReadOnlyList<(ScenarioLine Line, string Text)> lines, CancellationToken cancellationToken)
        {
            // Lines of one source and host that follow each other go together.
            for (int first = 0, end; first < lines.Count; first = end)
            {
                var (source, host) = (lines[first].Line.Source, lines[first].Line.Host);
                for (end = first; end < lines.Count && lines[end].Line.Source == source && lines[end].Line.Host == host;)
                    end++;
                await feed.FeedAsync(source, host, [.. lines.Skip(first).Take(end - first).Select(static line => line.Text)], cancellationToken);
            }
        }
    }

    public IEnumerable<ScenarioProgress> All => _players.Values.Select(static player => player.Progress).OrderBy(static progress => progress.Id, StringComparer.Ordinal);

    public ScenarioPlayer? Find(string id) => _players.GetValueOrDefault(id);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var player in _players.Values)
            player.Stop();
        return Task.WhenAll(_players.Values.Select(static player => player.Playing));
    }

    public void Dispose()
    {
        foreach (var player in _players.Values)
            player.Dispose();
    }
}
