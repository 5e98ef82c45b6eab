using Curlew.Tests.Simulation;
using static Curlew.Tests.TestHubs;

namespace Curlew.Tests.Fanout;

public sealed class WindowTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Window_AnyAppendsAndTrims_AgreesWithAList(int seed)
    {
        var random = new Random(seed);
        var window = new Window(Id(1));
        List<Frame> model = [];
        var trimmedThrough = Id(1);
        var newest = Id(1);

        for (var step = 0; step < 2000; step++)
        {
            switch (random.Next(12))
            {
                case 0 when model.Count > 0:
                    // Sometimes between two frames.
                    var position = model[random.Next(model.Count)].Id;
                    position = random.Next(3) == 0 ? position.Next : position;
                    position = position < newest ? position : newest;
                    window.TrimThrough(position);
                    model.RemoveAll(frame => frame.Id <= position);
                    trimmedThrough = position;
                    break;
                case 1 when model.Count > 1:
                    var bytes = random.NextInt64(model.Sum(static frame => (long)frame.Cost) + 1);
                    window.TrimToBytes(bytes);
                    while (model.Sum(static frame => (long)frame.Cost) > bytes && model.Count > 1)
                    {
                        trimmedThrough = model[0].Id;
                        model.RemoveAt(0);
                    }

                    break;
                case 2 when random.Next(50) == 0:
                    newest = trimmedThrough = Id(newest.Milliseconds + 5);
                    window.Reset(newest);
                    model.Clear();
                    break;
                case > 5:
                    newest = Id(newest.Milliseconds + (ulong)random.Next(1, 4), (ulong)random.Next(3));
                    var frame = new Frame(newest, [.. random.GetItems(Wish.Topics, random.Next(1, 4)).Distinct(StringComparer.Ordinal)], new byte[random.Next(20)], Wish.Types[random.Next(Wish.Types.Length)]);
                    window.Append(frame);
                    model.Add(frame);
                    break;
            }

            window.TrimmedThrough.ShouldBe(trimmedThrough);
            window.Newest.ShouldBe(newest);
            window.Count.ShouldBe(model.Count);
            window.Bytes.ShouldBe(model.Sum(static frame => (long)frame.Cost));
            window.Oldest.ShouldBe(model.Count > 0 ? model[0].Id : null);
            window.TopicCount.ShouldBe(model.SelectMany(static frame => frame.Topics).Distinct(StringComparer.Ordinal).Count());

            var after = Id(trimmedThrough.Milliseconds + (ulong)random.NextInt64((long)(newest.Milliseconds - trimmedThrough.Milliseconds) + 2), (ulong)random.Next(3));
            if (after < trimmedThrough)
                continue;
            window.IsKnown(after).ShouldBe(after == trimmedThrough || model.Exists(frame => frame.Id == after));
            window.FindKnown(after).ShouldBe(model.FindLast(frame => frame.Id <= after)?.Id ?? trimmedThrough);
            var wish = Wish.Random(random);
            ReadAll(window, wish.ToInterest(), after, random).ShouldBe(
                model.Where(frame => frame.Id > after && Wants(wish, frame)).Select(static frame => frame.Id), wish.ToString());
            CheckSearchBack(window, wish, random.Next(1, 10), random, model, trimmedThrough);
        }
    }

    [Fact]
    public void Read_FullBatch_GoesOnWhereItStopped()
    {
        var window = new Window(EventId.Zero);
        for (ulong id = 1; id <= (2 * FrameBatch.MaxFrames) + 1; id++)
            window.Append(Frame(id));
        var batch = new FrameBatch();

        foreach (var filter in new[] { "a", "*" })
        {
            var interest = new Interest([TopicFilter.Parse(filter)]);
            var position = window.Read(interest, EventId.Zero, batch, int.MaxValue);

            position.ShouldBe(Id(FrameBatch.MaxFrames));
            batch.IsFull.ShouldBeTrue();
            batch.Clear();
            window.Read(interest, position, batch, int.MaxValue).ShouldBe(Id(2 * FrameBatch.MaxFrames));
            batch.Clear();
        }
    }

    [Fact]
    public void Read_NothingThatMatches_StillAdvancesByWhatItLookedAt()
    {
        var window = new Window(EventId.Zero);
        for (ulong id = 1; id <= 100; id++)
            window.Append(Frame(id));
        var batch = new FrameBatch();

        window.Read(new([TopicFilter.Parse("a")], ["other"]), EventId.Zero, batch, maxScan: 10).ShouldBe(Id(10));
        window.Read(new([TopicFilter.Parse("b/*")]), EventId.Zero, batch, maxScan: 10).ShouldBe(Id(10));
        window.Read(new([TopicFilter.Parse("b")]), EventId.Zero, batch, maxScan: 10).ShouldBe(Id(100), "by the index of its topics");
        batch.Count.ShouldBe(0);
    }

    [Fact]
    public void Append_SameTopicAgain_SharesItsText()
    {
        var window = new Window(EventId.Zero);
        var first = new Frame(Id(1), [new string("abc")], default);
        var second = new Frame(Id(2), [new string("abc")], default);

        window.Append(first);
        window.Append(second);

        second.Topics[0].ShouldBeSameAs(first.Topics[0]);
    }

    private static bool Wants(Wish wish, Frame frame) => wish.Wants(NewEvent.ForReserved([.. frame.Topics], frame.Type, default, retry: null));

    private static List<EventId> ReadAll(Window window, Interest interest, EventId after, Random random)
    {
        List<EventId> read = [];
        var batch = new FrameBatch();
        while (after < window.Newest)
        {
            after = window.Read(interest, after, batch, random.Next(1, 20));
            foreach (var frame in batch.Frames)
                read.Add(frame.Id);
            batch.Clear();
        }

        return read;
    }

    private static void CheckSearchBack(Window window, Wish wish, int wanted, Random random, List<Frame> model, EventId trimmedThrough)
    {
        var found = model.Where(frame => Wants(wish, frame)).TakeLast(wanted).ToArray();
        var number = long.MaxValue;
        var left = wanted;
        while (!window.SearchBack(wish.ToInterest(), ref number, ref left, random.Next(1, 20)))
        {
        }

        left.ShouldBe(wanted - found.Length);
        var expected = left > 0 ? trimmedThrough : model.FindLast(frame => frame.Id < found[0].Id)?.Id ?? trimmedThrough;
        window.PositionBefore(number).ShouldBe(expected);
    }
}
