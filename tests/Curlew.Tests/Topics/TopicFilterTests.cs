using System.Text.RegularExpressions;

namespace Curlew.Tests.Topics;

public sealed class TopicFilterTests
{
    // Small enough to look at every pair: all filters of up to three segments over two names, and all topics of up to five over these and a third.
    private static readonly TopicFilter[] Filters =
        [.. Paths(["a", "b", "*"], 3).Concat(Paths(["a", "b", "*"], 2).Append("").Select(static head => head.Length == 0 ? "**" : head + "/**")).Select(TopicFilter.Parse)];

    private static readonly string[] Topics = [.. Paths(["a", "b", "c"], 5), "$a", "$a/b", "$broadcast"];

    [Theory]
    [InlineData(null, "a topic cannot be empty")]
    [InlineData("", "a topic cannot be empty")]
    [InlineData("a//b", "a topic cannot have an empty segment")]
    [InlineData("a/", "a topic cannot have an empty segment")]
    [InlineData("a\r", "a topic cannot hold control characters")]
    [InlineData("$broadcast", "it cannot begin with '$': such topics are the server's own")]
    [InlineData("$user/*", "it cannot begin with '$': such topics are the server's own")]
    [InlineData("**/a", "'**' can only be its last segment")]
    [InlineData("a/**/b", "'**' can only be its last segment")]
    [InlineData("a*", "'*' can only stand for a whole segment")]
    [InlineData("a/*b/c", "'*' can only stand for a whole segment")]
    [InlineData("***", "'*' can only stand for a whole segment")]
    [InlineData("a/***", "'*' can only stand for a whole segment")]
    public void TryParse_NoFilter_SaysWhy(string? text, string fault)
    {
        TopicFilter.TryParse(text, out var filter, out var found).ShouldBeFalse();

        filter.ShouldBeNull();
        found.ShouldBe(fault);
        Should.Throw<FormatException>(() => TopicFilter.Parse(text!)).Message.ShouldBe($"'{text}' is not a topic filter: {fault}.");
    }

    [Theory]
    [InlineData("a/b", true)]
    [InlineData("a/$b", true)]
    [InlineData("*", false)]
    [InlineData("**", false)]
    [InlineData("a/*/**", false)]
    public void Parse_AFilter_KeepsItsText(string text, bool isLiteral)
    {
        var filter = TopicFilter.Parse(text);

        (filter.Text, filter.ToString(), filter.IsLiteral).ShouldBe((text, text, isLiteral));
        filter.ShouldBe(TopicFilter.Parse(text));
        filter.GetHashCode().ShouldBe(TopicFilter.Parse(text).GetHashCode());
        filter.ShouldNotBe(TopicFilter.Parse("other"));
    }

    [Theory]
    [InlineData("a/*")]
    [InlineData("**")]
    [InlineData("$broadcast")]
    [InlineData("")]
    public void Literal_AnythingButATopic_IsRefusedAndNeverAPattern(string text) =>
        Should.Throw<FormatException>(() => TopicFilter.Literal(text)).Message.ShouldStartWith($"'{text}' is not a topic: a topic cannot ");

    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "a/B", false)]
    [InlineData("a/b", "a", false)]
    [InlineData("a/b", "a/b/c", false)]
    [InlineData("*", "a", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("a/*", "a/b", true)]
    [InlineData("a/*", "a", false)]
    [InlineData("a/*", "ab/c", false)]
    [InlineData("a/*/c", "a/b/c", true)]
    [InlineData("a/*/c", "a/b/d", false)]
    [InlineData("a/**", "a", false)]
    [InlineData("a/**", "a/b", true)]
    [InlineData("a/**", "a/b/c/d", true)]
    [InlineData("a/**", "ab/c", false)]
    [InlineData("*/**", "a", false)]
    [InlineData("*/**", "a/b", true)]
    [InlineData("**", "a", true)]
    [InlineData("**", "a/b/c", true)]
    [InlineData("**", "$broadcast", false)]
    [InlineData("*", "$broadcast", false)]
    [InlineData("*/7", "$user/7", false)]
    [InlineData("*/**", "$user/7", false)]
    [InlineData("a/*", "a/$b", true)]
    public void Matches_ATopic_ByItsSegments(string filter, string topic, bool matches) => TopicFilter.Parse(filter).Matches(topic).ShouldBe(matches);

    [Fact]
    public void Everything_ATopic_MatchesAllButTheServersOwn() =>
        Topics.ShouldAllBe(static topic => TopicFilter.Everything.Matches(topic) == !topic.StartsWith('$'));

    [Fact]
    public void ForReserved_ATopicOfTheServer_MatchesThatAlone() =>
        Topics.Where(TopicFilter.ForReserved("$broadcast").Matches).ShouldBe(["$broadcast"]);

    [Fact]
    public void Matches_AllSmallFiltersAndTopics_AgreesWithItsDefinition()
    {
        foreach (var filter in Filters)
        {
            var pattern = new Regex("^(?!\\$)" + filter.Text.Replace("**", ".+", StringComparison.Ordinal).Replace("*", "[^/]+", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
            foreach (var topic in Topics)
                filter.Matches(topic).ShouldBe(pattern.IsMatch(topic), $"'{filter}' and '{topic}'");
        }
    }

    [Fact]
    public void Contains_AllSmallFilters_HoldsExactlyWhereNoTopicShowsTheContrary()
    {
        TopicFilter[] filters = [.. Filters, TopicFilter.ForReserved("$broadcast"), TopicFilter.ForReserved("$a/b")];
        var matched = filters.Select(static filter => Topics.Where(filter.Matches).ToHashSet(StringComparer.Ordinal)).ToArray();
        for (var wide = 0; wide < filters.Length; wide++)
        {
            for (var narrow = 0; narrow < filters.Length; narrow++)
                filters[wide].Contains(filters[narrow]).ShouldBe(matched[narrow].IsSubsetOf(matched[wide]), $"'{filters[wide]}' and '{filters[narrow]}'");
        }
    }

    [Theory]
    [InlineData("**", "$user/7")]
    [InlineData("*/**", "$user/7")]
    [InlineData("*/7", "$user/7")]
    public void Contains_AWildcard_NeverHoldsATopicOfTheServer(string wide, string narrow) =>
        TopicFilter.Parse(wide).Contains(TopicFilter.ForReserved(narrow)).ShouldBeFalse();

    private static IEnumerable<string> Paths(string[] names, int depth) =>
        depth == 1 ? names : names.Concat(Paths(names, depth - 1).SelectMany(head => names.Select(name => $"{head}/{name}"))).Distinct(StringComparer.Ordinal);
}
