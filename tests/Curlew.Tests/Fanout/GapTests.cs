using System.Text;
using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Fanout;

public sealed class GapTests
{
    [Fact]
    public void ToFrame_PositionThatCannotBeHonoured_TellsWhatWasAskedAndWhatThereIs()
    {
        foreach (var (reason, name) in new[] { (GapReason.Trimmed, "trimmed"), (GapReason.Unknown, "unknown"), (GapReason.Lost, "lost") })
        {
            Text(new Gap(reason, Id(20), "10-0", Id(30)).ToFrame(withId: true))
                .ShouldBe($"id: 20-0\nevent: gap\ndata: {{\"reason\":\"{name}\",\"lastEventId\":\"10-0\",\"oldest\":\"30-0\"}}\n\n");
        }
    }

    [Fact]
    public void ToFrame_EmptyLog_HasNoOldest() =>
        Text(new Gap(GapReason.Trimmed, Id(20), "10-0").ToFrame(withId: true)).ShouldContain("""{"reason":"trimmed","lastEventId":"10-0","oldest":null}""");

    [Fact]
    public void ToFrame_Dropped_TellsHowMany() =>
        Text(new Gap(GapReason.Dropped, Id(20), Missed: 7).ToFrame(withId: true)).ShouldBe("id: 20-0\nevent: gap\ndata: {\"reason\":\"dropped\",\"missed\":7}\n\n");

    [Fact]
    public void ToFrame_WithoutHistory_HasNoIds() =>
        Text(new Gap(GapReason.Lost, Id(20), Oldest: Id(30)).ToFrame(withId: false)).ShouldBe("event: gap\ndata: {\"reason\":\"lost\"}\n\n");

    [Theory]
    [InlineData("\"\\\r\n\0</script>")]
    [InlineData("id: 1\n\nevent: forged")]
    [InlineData("\uD800")]
    public void ToFrame_HostileText_StaysWithinTheJson(string asked)
    {
        var text = Text(new Gap(GapReason.Malformed, Id(20), asked, Id(30)).ToFrame(withId: true));

        text.Split('\n').Length.ShouldBe(5);
        text.Split('\n')[2].ShouldStartWith("""data: {"reason":"malformed","lastEventId":""");
        text.ShouldNotContain("</script>");
    }

    [Fact]
    public void ToFrame_LongText_IsCut()
    {
        var text = Text(new Gap(GapReason.Malformed, Id(20), new string('9', 10_000)).ToFrame(withId: true));

        text.ShouldContain(new string('9', 64));
        text.ShouldNotContain(new string('9', 65));
    }

    private static string Text(Frame frame) => Encoding.UTF8.GetString(frame.Bytes.Span);
}
