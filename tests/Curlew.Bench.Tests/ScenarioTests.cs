using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Tests;

public sealed class ScenarioTests
{
    public static TheoryData<string> Names => [.. All().Select(static scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Streams_OfEachScenario_AskForTheTopicsTheyAreCheckedFor(string name)
    {
        var scenario = All().Single(scenario => scenario.Name == name);
        var readers = new int[scenario.Topics];
        for (var stream = 0; stream < scenario.Streams; stream++)
        {
            TopicFilter[] filters = [.. scenario.FiltersOf(stream).Select(TopicFilter.Parse)];
            for (var topic = 0; topic < scenario.Topics && !scenario.IsStalled(stream); topic++)
            {
                var isWanted = topic >= scenario.FirstTopicOf(stream) && topic < scenario.FirstTopicOf(stream) + scenario.TopicsPerStream;
                filters.Count(filter => filter.Matches(scenario.Topic(topic))).ShouldBe(isWanted ? 1 : 0, $"stream {stream}, topic {topic}");
                readers[topic] += isWanted ? 1 : 0;
            }
        }

        readers.ShouldBe(Enumerable.Range(0, scenario.Topics).Select(scenario.ReadersOf));
        readers.ShouldAllBe(static count => count > 0);
    }

    [Theory]
    [InlineData("topics-few", 100, 10)]
    [InlineData("topics-many", 10_000, 10)]
    [InlineData("filters-few", 10, 100)]
    [InlineData("filters-many", 10_000, 100)]
    public void Filters_OfFewAndMany_DifferInNumberNotInDeliveries(string name, int filters, int readers)
    {
        var scenario = Scenarios.All(Scenarios.DefaultStreams, Scenarios.DefaultRate).Single(scenario => scenario.Name == name);

        Enumerable.Range(0, scenario.Streams).SelectMany(scenario.FiltersOf).Distinct(StringComparer.Ordinal).Count().ShouldBe(filters);
        Enumerable.Range(0, scenario.Topics).ShouldAllBe(topic => scenario.ReadersOf(topic) == readers);
    }

    [Fact]
    public void Stalled_IsATenthOfTheStreams()
    {
        var scenario = All().Single(static scenario => scenario.Name == "stalled");

        Enumerable.Range(0, scenario.Streams).Count(scenario.IsStalled).ShouldBe(scenario.Streams / 10);
    }

    [Fact]
    public void Spread_OfRounds_IsTheirMedianAndTheirBounds()
    {
        Spread.Of([3, 1, 2]).ShouldBe(new Spread(2, 1, 3));
        Spread.Of([4, 1, 2, 3]).ShouldBe(new Spread(2.5, 1, 4));
    }

    private static IReadOnlyList<Scenario> All() => Scenarios.All(streams: 20, rate: 50);
}
