namespace Curlew.Docs.Tests;

/// <summary>What the README says of speed and memory is what was measured.</summary>
public sealed class BenchmarkFiguresTests
{
    [Fact]
    public async Task FiguresOfTheReadme_AreThoseOfTheResults()
    {
        var readme = (await RepositoryFiles.ReadTextAsync("README.md"))!;
        var quoted = Markdown.TableBelow(readme, "What it costs");
        var servers = HeaderOf(readme, "| | curlew |");
        var results = (await RepositoryFiles.ReadTextAsync("bench/RESULTS.md"))!;
        var columns = HeaderOf(results, "| scenario ");
        var measured = results.Split('\n').Select(Markdown.CellsOf).Where(row => row.Length == columns.Length).ToList();

        List<string> faults = [];
        foreach (var row in quoted)
        {
            var (column, scenario) = row[0].Split(" of ") is [var figure, var name] ? (figure, name) : throw new ShouldAssertException($"'{row[0]}' is not 'FIGURE of SCENARIO'.");
            for (var i = 1; i < row.Length; i++)
            {
                var cells = measured.Find(cells => cells[0] == scenario && cells[1] == servers[i]);
                // A median, with the least and the most after it.
                var value = cells is null ? "missing" : cells[Array.IndexOf(columns, column)].Split(' ')[0] is { Length: > 0 } median ? median : cells[^1];
                if (row[i] != value)
                    faults.Add($"{row[0]}, {servers[i]}: {row[i]}, and the results have {value}");
            }
        }

        faults.ShouldBeEmpty();
        quoted.Count.ShouldBe(5);
    }

    private static string[] HeaderOf(string text, string start) => Markdown.CellsOf(text.Split('\n').First(line => line.StartsWith(start, StringComparison.Ordinal)));
}
