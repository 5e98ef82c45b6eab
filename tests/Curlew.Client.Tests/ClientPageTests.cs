using System.Diagnostics.Metrics;
using System.Globalization;
using Curlew.Docs.Tests;

namespace Curlew.Client.Tests;

/// <summary>The page of the manual says what there is, no more and no less.</summary>
public sealed class ClientPageTests
{
    [Fact]
    public async Task Cases_AreThoseOfTheFile_WithTheirOutcome()
    {
        var rows = await TableAsync("Cases of the web platform's tests");

        rows.Select(static row => Code(row[0])).ShouldBe(StandardCases.All.Select(StandardCases.IdOf));
        rows.Where(static row => row[1] == "passed").Select(static row => Code(row[0])).ShouldBe(StandardCases.Applicable.Select(StandardCases.IdOf));
        // Whatever is not passed says why.
        rows.Where(static row => row[1] != "passed").ShouldAllBe(static row => row[1] == "not applicable" && row[2].Length > 0);
    }

    [Fact]
    public async Task Options_AreListedWithTheirDefaults()
    {
        var options = new EventSourceOptions();
        var actual = typeof(EventSourceOptions).GetProperties().ToDictionary(static p => p.Name, p => Read(p.GetValue(options)), StringComparer.Ordinal);

        var documented = (await TableAsync("Options")).ToDictionary(static row => Code(row[0]), static row => Code(row[1]), StringComparer.Ordinal);

        documented.OrderBy(static row => row.Key, StringComparer.Ordinal).ShouldBe(actual.OrderBy(static row => row.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Instruments_AreListedWithKindAndUnit()
    {
        List<string> found = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == ClientMetrics.Name)
                    found.Add($"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");
            },
        };
        // Makes the instruments.
        new ClientMetrics(new Uri("http://stub.example/")).Received(0);
        listener.Start();

        var documented = (await TableAsync("Metrics and activities")).Select(static row => $"{Code(row[0])} {row[1]} {Code(row[2])}");

        found.Order(StringComparer.Ordinal).ShouldBe(documented.Order(StringComparer.Ordinal));
    }

    private static async Task<IReadOnlyList<string[]>> TableAsync(string heading) =>
        Markdown.TableBelow(await File.ReadAllTextAsync(Repository.PathOf("docs/client.md"), TestContext.Current.CancellationToken), heading);

    private static string Code(string cell) => Markdown.CodeSpansOf(cell).FirstOrDefault() ?? cell;

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        nameof(Counter<>) => "counter",
        nameof(UpDownCounter<>) => "up-down counter",
        nameof(Histogram<>) => "histogram",
        var other => other,
    };

    private static string Read(object? value) => value switch
    {
        null => "none",
        "" => "empty",
        TimeProvider => "the system's",
        IDictionary<string, string> { Count: 0 } => "none",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
