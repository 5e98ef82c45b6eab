using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Protocol.Tests;

public sealed class EventIdTests
{
    private const string MaxText = "18446744073709551615-18446744073709551615";

    [Theory]
    [InlineData("0-0", 0UL, 0UL)]
    [InlineData("1767225600000-0", 1767225600000UL, 0UL)]
    [InlineData("0-7", 0UL, 7UL)]
    [InlineData(MaxText, ulong.MaxValue, ulong.MaxValue)]
    public void Parse_AnId_ReadsBothNumbersFromCharsAndBytes(string text, ulong milliseconds, ulong sequence)
    {
        var expected = new EventId(milliseconds, sequence);

        EventId.Parse(text).ShouldBe(expected);
        EventId.TryParse(Encoding.UTF8.GetBytes(text), out var id).ShouldBeTrue();
        id.ShouldBe(expected);
        (id.Milliseconds, id.Sequence).ShouldBe((milliseconds, sequence));
        id.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("1--1")]
    [InlineData("1-1-1")]
    [InlineData("01-1")]
    [InlineData("1-01")]
    [InlineData("00-0")]
    [InlineData("+1-1")]
    [InlineData("1-+1")]
    [InlineData(" 1-1")]
    [InlineData("1-1 ")]
    [InlineData("1 -1")]
    [InlineData("1-1\n")]
    [InlineData("1-1\0")]
    [InlineData("1,000-1")]
    [InlineData("1e3-1")]
    [InlineData("0x1-1")]
    [InlineData("1.0-1")]
    [InlineData("1:1")]
    [InlineData("1–1")]
    [InlineData("١-١")]
    [InlineData("18446744073709551616-0")]
    [InlineData("0-18446744073709551616")]
    [InlineData("18446744073709551615-184467440737095516150")]
    [InlineData("$")]
    [InlineData("*")]
    [InlineData("earliest")]
    public void TryParse_AnythingElse_IsRefused(string? text)
    {
        EventId.TryParse(text, out var id).ShouldBeFalse();
        id.ShouldBe(EventId.Zero);
        EventId.TryParse(Encoding.UTF8.GetBytes(text ?? ""), out id).ShouldBeFalse();
        id.ShouldBe(EventId.Zero);
        if (text is not null)
            Should.Throw<FormatException>(() => EventId.Parse(text));
    }

    [Fact]
    public void TryParse_AVeryLongText_IsRefused() => EventId.TryParse(new string('1', 100_000) + "-0", out _).ShouldBeFalse();

    [Fact]
    public void Parse_OfWhatWasFormatted_GivesTheSameIdAndThereIsOneSpelling() =>
        Prop.ForAll(Ids, id =>
        {
            var text = id.ToString();
            var bytes = new byte[EventId.MaxLength];
            id.TryFormat(bytes, out var written).ShouldBeTrue();
            Encoding.ASCII.GetString(bytes, 0, written).ShouldBe(text);
            string.Create(CultureInfo.InvariantCulture, $"{id}").ShouldBe(text);
            EventId.Parse(text).ShouldBe(id);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void TryParse_OfTextsMadeOfDigitsAndHyphens_TakesExactlyWhatItWritesItself() =>
        Prop.ForAll(Gen.Elements('0', '1', '9', '-').ListOf().Select(text => string.Concat(text)).ToArbitrary(), text =>
        {
            var parts = text.Split('-');
            var isId = parts.Length == 2 && parts.All(part =>
                ulong.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number.ToString(CultureInfo.InvariantCulture) == part);
            EventId.TryParse(text, out var id).ShouldBe(isId);
            if (isId)
                id.ToString().ShouldBe(text);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void CompareTo_OfAnyTwo_IsTheOrderOfTheTwoNumbers() =>
        Prop.ForAll(Ids, Ids, (left, right) =>
        {
            var order = (left.Milliseconds, left.Sequence).CompareTo((right.Milliseconds, right.Sequence));
            Math.Sign(left.CompareTo(right)).ShouldBe(order);
            (left < right, left <= right, left > right, left >= right).ShouldBe((order < 0, order <= 0, order > 0, order >= 0));
            (left == right, left != right, left.Equals((object)right)).ShouldBe((order == 0, order != 0, order == 0));
            if (order == 0)
                left.GetHashCode().ShouldBe(right.GetHashCode());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void PreviousAndNext_OfAnId_AreItsNeighbours() =>
        Prop.ForAll(Ids, id =>
        {
            if (id != EventId.MaxValue)
                (id.Next > id && id.Next.Previous == id).ShouldBeTrue();
            if (id != EventId.Zero)
                (id.Previous < id && id.Previous.Next == id).ShouldBeTrue();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void PreviousAndNext_AtABoundary_CarryOrStay()
    {
        EventId.Zero.Previous.ShouldBe(EventId.Zero);
        EventId.MaxValue.Next.ShouldBe(EventId.MaxValue);
        new EventId(5, 0).Previous.ShouldBe(new EventId(4, ulong.MaxValue));
        new EventId(4, ulong.MaxValue).Next.ShouldBe(new EventId(5, 0));
    }

    [Fact]
    public void Before_ATime_IsJustBelowItsFirstEvent()
    {
        EventId.Before(DateTimeOffset.FromUnixTimeMilliseconds(1000).AddTicks(5)).ShouldBe(new EventId(1000, 0).Previous);
        EventId.Before(DateTimeOffset.UnixEpoch).ShouldBe(EventId.Zero);
        EventId.Before(DateTimeOffset.MinValue).ShouldBe(EventId.Zero);
    }

    [Fact]
    public void TryFormat_EveryLengthThatIsTooShort_WritesNothing()
    {
        var id = EventId.Parse("123-45");
        for (var length = 0; length < 6; length++)
        {
            id.TryFormat(new byte[length], out var written).ShouldBeFalse();
            written.ShouldBe(0);
        }

        id.TryFormat(new byte[6], out var all).ShouldBeTrue();
        all.ShouldBe(6);
    }

    [Fact]
    public void MaxLength_IsTheLengthOfTheLargestId() => EventId.MaxValue.ToString().Length.ShouldBe(EventId.MaxLength);

    [Fact]
    public void TheParsableAndFormattableInterfaces_AgreeWithTheMethods()
    {
        Parsed<EventId>("12-3").ShouldBe(new EventId(12, 3));
        Span<char> chars = stackalloc char[EventId.MaxLength];
        ((ISpanFormattable)new EventId(12, 3)).TryFormat(chars, out var written, default, null).ShouldBeTrue();
        chars[..written].ToString().ShouldBe("12-3");

        static T Parsed<T>(string text)
            where T : ISpanParsable<T>, IUtf8SpanParsable<T>
        {
            var id = T.Parse(text, null);
            T.Parse(text.AsSpan(), null).ShouldBe(id);
            T.Parse(Encoding.UTF8.GetBytes(text), null).ShouldBe(id);
            return id;
        }
    }

    private static Arbitrary<EventId> Ids
    {
        get
        {
            var number = Gen.OneOf(
                Gen.Elements(0UL, 1UL, 9UL, 10UL, ulong.MaxValue - 1, ulong.MaxValue),
                ArbMap.Default.GeneratorFor<ulong>());
            return number.Zip(number, (milliseconds, sequence) => new EventId(milliseconds, sequence)).ToArbitrary();
        }
    }
}
