using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.History;

/// <summary>The checker is given histories that are right, and such that are wrong in one thing, which it has to notice.</summary>
public sealed class HubHistoryTests
{
    // Of the log's first life and, after a loss, of its second: two events each.
    private static readonly Heard One = Heard.Event(new(10, 0), 1);
    private static readonly Heard Two = Heard.Event(new(11, 0), 2);
    private static readonly Heard Three = Heard.Event(new(30, 0), 3);
    private static readonly Heard Four = Heard.Event(new(31, 0), 4);
    private static readonly Heard Lost = Heard.GapOf("lost", EventId.Zero);
    private static readonly Heard Unknown = Heard.GapOf("unknown", EventId.Zero);
    private static readonly EventId End = new(20, ulong.MaxValue);

    [Fact]
    public void Check_EverythingOnceAndInOrder_IsRight()
    {
        var history = new HubHistory();
        Publish(history, One, Two, Three);
        Hear(history, One, Two, Three);
        Hear(history, One, Two, Three);

        history.Check();
        history.NewestAcknowledged.ShouldBe(Three.Id);
    }

    [Fact]
    public void Check_AfterALoss_AGapAndTheNewLog_IsRight()
    {
        var history = Lose();
        Hear(history, One, Two, Lost, Three, Four);
        // Lost before it arrived.
        Hear(history, One, Lost, Three, Four);
        Hear(history, One, Unknown, Three, Four);
        // Whoever came later has nothing to be told.
        var late = history.AddClient("late", firstLife: 1);
        late.Add(Three);
        late.Add(Four);

        history.Check();
    }

    [Fact]
    public void Check_AnEventOfUnknownOutcome_MayBeHeardOrNot()
    {
        var history = new HubHistory();
        Publish(history, One, Three);
        history.Attempt(2);
        history.Attempt(4);
        Hear(history, One, Two, Three);

        history.Check();
    }

    [Fact]
    public void Check_AnEventAppendedAgainAfterALoss_IsRight()
    {
        var history = Lose();
        history.Acknowledge(2, new(32, 0));
        Hear(history, One, Two, Lost, Three, Four, Heard.Event(new(32, 0), 2));

        history.Check();
    }

    [Fact]
    public void Check_TwoLossesToldAsOne_IsRight()
    {
        var history = new HubHistory();
        Publish(history, One);
        history.Lose(End);
        history.Lose(new(25, 0));
        Publish(history, Three);
        Hear(history, One, Lost, Three);

        history.Check();
    }

    [Fact]
    public void Check_ALostEvent_IsNoticed()
    {
        foreach (var heard in new[] { new[] { Two, Three }, [One, Three], [One, Two], [] })
        {
            var history = new HubHistory();
            Publish(history, One, Two, Three);
            Hear(history, heard);

            Notices(history, "without");
        }
    }

    [Fact]
    public void Check_AnEventThatOnlyAnotherClientHeard_IsMissed()
    {
        var history = new HubHistory();
        Publish(history, One, Three);
        history.Attempt(2);
        Hear(history, One, Two, Three);
        Hear(history, One, Three);

        Notices(history, "without 2@11-0");
    }

    [Fact]
    public void Check_ADuplicate_IsNoticed()
    {
        foreach (var heard in new[] { new[] { One, One, Two }, [One, Two, Two], [One, Two, One, Two] })
        {
            var history = new HubHistory();
            Publish(history, One, Two);
            Hear(history, heard);

            Notices(history, "a repeat, or out of order");
        }
    }

    [Fact]
    public void Check_AnotherOrder_IsNoticed()
    {
        var history = new HubHistory();
        Publish(history, One, Two, Three);
        Hear(history, One, Three, Two);

        Notices(history, "without");
    }

    [Fact]
    public void Check_AnotherOrderOfWhatNobodyWasTold_IsNoticed()
    {
        var history = new HubHistory();
        Publish(history, One, Two);
        history.Attempt(0);
        Hear(history, One, Two, Heard.Event(new(9, 0), 0));

        Notices(history, "0@9-0");
    }

    [Fact]
    public void Check_ASilentGap_IsNoticed()
    {
        var history = Lose();
        Hear(history, One, Three, Four);
        Notices(history, "without 2@11-0");

        history = Lose();
        Hear(history, One, Two);
        Notices(history, "was not told");

        // Told, but after something newer.
        history = Lose();
        Hear(history, One, Three, Lost, Three, Four);
        Notices(history, "without 2@11-0");
    }

    [Fact]
    public void Check_AGapWithoutLoss_IsNoticed()
    {
        foreach (var gap in new[] { Lost, Unknown, Heard.GapOf("trimmed", EventId.Zero), Heard.GapOf("dropped", One.Id) })
        {
            var history = new HubHistory();
            Publish(history, One, Two);
            Hear(history, One, gap, Two);

            Notices(history, $"was sent {gap}");
        }
    }

    [Fact]
    public void Check_ALossToldTwice_IsNoticed()
    {
        var history = Lose();
        Hear(history, One, Two, Lost, Three, Lost, Three, Four);
        Notices(history, "nothing was lost after");

        history = Lose();
        Hear(history, One, Two, Lost, Lost, Three, Four);
        Notices(history, "nothing was lost after");

        // As was heard of a process that had not noticed yet.
        history = Lose();
        Hear(history, One, Lost, One, Two, Lost, Three, Four);
        Notices(history, "of whose loss it was told");

        // Came after the loss, and is told of it.
        history = Lose();
        var late = history.AddClient("late", firstLife: 1);
        foreach (var heard in new[] { Lost, Three, Four })
            late.Add(heard);
        Notices(history, "nothing was lost after");
    }

    [Fact]
    public void Check_AHoleAfterAGap_IsNoticed()
    {
        foreach (var heard in new[] { new[] { One, Lost, Four }, [One, Lost, Three], [One, Lost] })
        {
            var history = Lose();
            Hear(history, heard);

            Notices(history, "without");
        }
    }

    [Fact]
    public void Check_WhatNobodyPublished_IsNoticed()
    {
        var history = new HubHistory();
        Publish(history, One);
        Hear(history, One, Two);
        Notices(history, "which nobody published");

        history = new HubHistory();
        Publish(history, One);
        history.Attempt(2);
        history.Refuse(2);
        Hear(history, One, Two);
        Notices(history, "was told that it was not appended");

        history = new HubHistory();
        Publish(history, One, Two);
        Hear(history, Heard.Event(One.Id, 2));
        Notices(history, "where 1 is");
    }

    [Fact]
    public void Check_AnEventAppendedTwice_IsNoticed()
    {
        var history = new HubHistory();
        Publish(history, One, Two);
        var again = Heard.Event(new(12, 0), 1);
        Hear(history, One, Two, again);

        Notices(history, "1 was appended more than once");
    }

    /// <summary>Two events, of which the log loses all that it has, and two more.</summary>
    private static HubHistory Lose()
    {
        var history = new HubHistory();
        Publish(history, One, Two);
        history.Lose(End);
        Publish(history, Three, Four);
        return history;
    }

    private static void Publish(HubHistory history, params Heard[] events)
    {
        foreach (var e in events)
        {
            history.Attempt(e.Number);
            history.Acknowledge(e.Number, e.Id);
        }
    }

    private static void Hear(HubHistory history, params Heard[] all)
    {
        var client = history.AddClient("somebody", firstLife: 0);
        foreach (var heard in all)
            client.Add(heard);
    }

    private static void Notices(HubHistory history, string what) => Should.Throw<HistoryException>(history.Check).Message.ShouldContain(what);
}
