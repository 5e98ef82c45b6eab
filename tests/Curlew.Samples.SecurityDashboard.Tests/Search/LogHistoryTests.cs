using SecurityDashboard.Classification;
using SecurityDashboard.Normalising;
using SecurityDashboard.Search;

namespace Curlew.Samples.SecurityDashboard.Tests.Search;

public sealed class LogHistoryTests
{
    [Fact]
    public void The_newest_that_match_come_first_and_all_are_counted()
    {
        var history = new LogHistory(100);
        history.Accept([.. Enumerable.Range(0, 50).Select(i => Record(i, address: i % 2 == 0 ? "192.0.2.1" : "192.0.2.2"))]);

        var found = history.Search(new(null, "192.0.2.1", null, null, null, null), limit: 3);

        (found.Searched, found.Matches).ShouldBe((50, 25));
        found.Records.Select(static record => record.Id).ShouldBe(["48", "46", "44"]);
    }

    [Fact]
    public void No_more_is_kept_than_the_hub_retains_and_nothing_twice()
    {
        var history = new LogHistory(10);

        history.Accept([.. Enumerable.Range(0, 25).Select(i => Record(i))]);
        history.Accept([Record(24), Record(20)]);

        history.Search(new(null, null, null, null, null, null), 100).Records.Select(static record => record.Id)
            .ShouldBe(Enumerable.Range(15, 10).Reverse().Select(static i => $"{i}"));
    }

    [Fact]
    public void Every_field_narrows_the_search()
    {
        var history = new LogHistory(10);
        history.Accept([Record(1) with { Severity = Severity.High, User = "ann", Host = "WEB-1", Source = "a", Raw = "The <b>Quick</b> Fox" }, Record(2)]);

        Ids(new("quick</B>", null, null, null, null, null)).ShouldBe(["1"]);
        Ids(new(null, null, "ann", null, null, null)).ShouldBe(["1"]);
        Ids(new(null, null, "Ann", null, null, null)).ShouldBeEmpty();
        Ids(new(null, null, null, "web-1", null, null)).ShouldBe(["1"]);
        Ids(new(null, null, null, null, "a", null)).ShouldBe(["1"]);
        Ids(new(null, null, null, null, null, Severity.Medium)).ShouldBe(["1"]);
        Ids(new(null, null, null, null, null, Severity.Unknown)).ShouldBe(["2", "1"]);
        Ids(new("quick", null, "bob", null, null, null)).ShouldBeEmpty();

        IEnumerable<string> Ids(LogQuery query) => history.Search(query, 10).Records.Select(static record => record.Id);
    }

    private static LogRecord Record(int id, string? address = null) =>
        new() { Id = $"{id}", Time = Lines.Now, Source = "s", Address = address, Message = "m", Raw = "r" };
}
