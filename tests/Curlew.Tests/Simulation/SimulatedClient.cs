namespace Curlew.Tests.Simulation;

/// <summary>
/// A client as the standard has it, across all its connections, and the oracle of what it may and must receive: every matching event after its
/// position, once and in log order, or a gap first.
/// </summary>
internal sealed class SimulatedClient(string name, Wish wish, SlowConsumerPolicy policy, bool hasHistory, EventModel model, SimulatedStore store)
{
    // Up to here it has received, or was told that it will not receive, everything that matches.
    private EventId _position;

    public Wish Wish { get; } = wish;

    public SlowConsumerPolicy Policy { get; } = policy;

    public SimulatedConnection? Connection { get; set; }

    /// <summary>The last event id string, committed at the end of a block.</summary>
    public string? LastEventId { get; private set; }

    public EventId? LastId => EventId.TryParse(LastEventId, out var id) ? id : null;

    /// <summary>
    /// Whether a node that did not know yet of a loss of the store has served it. What it has is then of a log that is no more, and nobody can say
    /// what is missing, until it is told of a gap or begins anew.
    /// </summary>
    public bool IsInDoubt { get; private set; }

    public int Received { get; private set; }

    /// <summary>Forgets what it had, as a page does that is loaded anew.</summary>
    public void BeginAnew()
    {
        LastEventId = null;
        IsInDoubt = false;
    }

    /// <summary>A block has arrived whole.</summary>
    public void Accept(Block block, SimulatedConnection connection)
    {
        if (block.Resets != store.Resets || (!connection.IsJoinChecked && connection.JoinedResets != store.Resets))
            IsInDoubt = true;
        if (!connection.IsJoinChecked)
            CheckJoin(block, connection);
        else if (block.Frame is null)
            CheckKeepAlive(block, connection);
        else if (block.IsGap)
            CheckGap(block, connection);
        else
            CheckEvent(block, connection);

        connection.IsJoinChecked = true;
        _position = block.Id;
        if (hasHistory)
            LastEventId = block.Id.ToString();
    }

    /// <summary>At the end, when everything has become quiet: nothing that matches may be missing.</summary>
    public void CheckComplete()
    {
        if (IsInDoubt)
            return;
        // Who takes what is there, and was sent nothing yet, misses nothing that was trimmed.
        var from = Connection is { MayStartLater: true } && store.Bounds.TrimmedThrough > _position ? store.Bounds.TrimmedThrough : _position;
        if (model.Between(from, EventId.MaxValue, Wish) is [var missing, ..] all)
            Fail($"is at {_position} and has nothing to read, but {all.Count} events are missing; the first is {missing}");
    }

    public override string ToString() => name;

    private void CheckJoin(Block block, SimulatedConnection connection)
    {
        var start = connection.Start;
        if (IsInDoubt)
        {
            // A gap of a node that knows of every loss is a firm ground again.
            IsInDoubt = block.Resets != store.Resets || connection.JoinedResets != store.Resets || !(block.IsGap || start.After is null);
            if (IsInDoubt)
                return;
        }

        if (block.IsGap)
            CheckGapAtJoin(block, connection);
        else if (block.Frame is not null)
            Fail($"receives {block} before the block of the joining position");
        else
            CheckJoinPosition(block, connection);
    }

    private void CheckJoinPosition(Block block, SimulatedConnection connection)
    {
        var start = connection.Start;
        var joined = connection.JoinedBounds;
        if (!model.IsPosition(block.Id) && start.After != block.Id)
            Fail($"joins at {block.Id}, which names no event: when it comes back with that, it will be taken for a stranger");
        switch (start.Position.Of)
        {
            case StartPosition.Kind.Now:
                if (block.Id != start.Routed)
                    Fail($"joins at {block.Id}, but the hub had routed up to {start.Routed}");
                break;
            case StartPosition.Kind.AfterId:
                if (start.IsMalformed)
                    Fail($"asked {start} and was not told that this is no id");
                if (block.Id != start.After)
                    Fail($"asked {start} and joins at {block.Id}");
                if (!model.IsPosition(block.Id))
                    Fail($"asked {start}, which the log does not know, and was not told");
                break;
            case StartPosition.Kind.Since:
                CheckSince(block.Id, connection);
                break;
            case StartPosition.Kind.Last when start.Resets == connection.JoinedResets:
                var found = model.Between(block.Id, start.Routed, Wish).Count;
                if (found > start.Position.Count || (found < start.Position.Count && model.Between(joined.TrimmedThrough, block.Id, Wish).Count > 0))
                    Fail($"asked {start} and joins at {block.Id}, {found} events before {start.Routed}");
                break;
            case StartPosition.Kind.Earliest when start.Resets == connection.JoinedResets:
                if (block.Id < start.Bounds.TrimmedThrough || block.Id > joined.TrimmedThrough)
                    Fail($"asked for the earliest and joins at {block.Id}; the log was trimmed through {start.Bounds.TrimmedThrough}, then {joined.TrimmedThrough}");
                break;
        }
    }

    private void CheckSince(EventId joined, SimulatedConnection connection)
    {
        var asked = EventId.Before(connection.Start.Position.Time);
        if (connection.Start.Resets != connection.JoinedResets)
            return;
        if (asked < connection.Start.Bounds.TrimmedThrough)
            Fail($"asked {connection.Start}, which is trimmed, and was not told");
        var wrong = asked < joined ? model.Between(asked, joined, Wish)
            : model.Between(joined, asked < connection.Start.Bounds.Newest ? asked : connection.Start.Bounds.Newest, Wish);
        if (wrong.Count > 0)
            Fail($"asked {connection.Start} and joins at {joined}: {wrong[0]} is on the wrong side");
    }

    private void CheckGapAtJoin(Block block, SimulatedConnection connection)
    {
        var start = connection.Start;
        var joined = connection.JoinedBounds;
        var (reason, _) = block.ReadGap();
        if (block.IsTold)
        {
            // The log lost events between the joining and the first block.
        }
        else if (start.IsMalformed)
        {
            if (reason != "malformed" || block.Id != start.Routed)
                Fail($"asked {start} and is told {block}; the hub had routed up to {start.Routed}");
            return;
        }
        else if (start.Position.Of == StartPosition.Kind.Since)
        {
            if (reason != "trimmed" || EventId.Before(start.Position.Time) >= joined.TrimmedThrough)
                Fail($"asked {start} and is told {block}, but the log was trimmed only through {joined.TrimmedThrough}");
        }
        else if (start.After is not { } asked)
        {
            Fail($"asked {start} and is told {block}");
        }
        else if (asked >= joined.TrimmedThrough && connection.WasKnownAtStart && model.IsPosition(asked))
        {
            Fail($"asked {start}, which the log can honour, and is told {block}");
        }
        else if (start.Resets == connection.JoinedResets)
        {
            var isRight = reason switch
            {
                "trimmed" => asked < joined.TrimmedThrough,
                "lost" => asked > start.Bounds.Newest,
                "unknown" => !model.IsPosition(asked),
                _ => false,
            };
            if (!isRight)
                Fail($"asked {start} and is told {block}; the log holds what is above {joined.TrimmedThrough}, up to {joined.Newest}");
        }

        if (block.Id > block.TrimmedThrough || !model.IsPosition(block.Id))
            Fail($"is told {block}, but the log is trimmed only through {block.TrimmedThrough}");
    }

    private void CheckGap(Block block, SimulatedConnection connection)
    {
        var (reason, missed) = block.ReadGap();
        if (IsInDoubt)
        {
            IsInDoubt = block.Resets != store.Resets;
            return;
        }

        if (reason == "dropped")
        {
            CheckDropped(block, connection, missed);
            return;
        }

        var isRight = reason switch
        {
            "lost" => block.IsTold,
            "trimmed" => _position < block.TrimmedThrough && block.Id > _position,
            _ => false,
        };
        if (!isRight)
            Fail($"is at {_position} and is told {block} without cause; the log was trimmed through {block.TrimmedThrough}");
        if (block.Id > block.TrimmedThrough || !model.IsPosition(block.Id))
            Fail($"is told {block}, but the log is trimmed only through {block.TrimmedThrough}");
    }

    private void CheckDropped(Block block, SimulatedConnection connection, long missed)
    {
        if (Policy != SlowConsumerPolicy.DropOldest && !(Policy == SlowConsumerPolicy.Resume && !connection.Node.Hub.HasHistory))
            Fail($"is told {block}, but its policy is {Policy}");
        var dropped = model.Between(_position, block.Id, Wish);
        // Who takes what is there does not miss what was trimmed before he was sent anything.
        if (connection.MayStartLater && dropped.Count > missed && dropped[dropped.Count - (int)missed - 1].Id <= block.TrimmedThrough)
            dropped.RemoveRange(0, dropped.Count - (int)missed);
        connection.MayStartLater = false;
        if (dropped.Count == 0 || dropped.Count != missed || dropped[^1].Id != block.Id)
            Fail($"is told that it missed {missed} events up to {block.Id}; from {_position} on these are {dropped.Count}");
    }

    private void CheckKeepAlive(Block block, SimulatedConnection connection)
    {
        if (IsInDoubt)
            return;
        if (block.Id < _position)
            Fail($"is at {_position}, and a keep-alive takes it back to {block.Id}");
        if (!model.IsPosition(block.Id))
            Fail($"is kept alive at {block.Id}, which names no event");
        CheckNothingSkipped(model.Between(_position, block.Id, Wish), block, connection);
    }

    private void CheckEvent(Block block, SimulatedConnection connection)
    {
        if (model.Find(block.Id) is not { } expected)
        {
            if (!IsInDoubt)
                Fail($"receives {block.Id}, which the log does not hold");
            return;
        }

        Received++;
        if (!block.Frame!.Bytes.Span.SequenceEqual(expected.BlockWith(hasHistory)))
            Fail($"receives something else as {expected}: {System.Text.Encoding.UTF8.GetString(block.Frame.Bytes.Span)}");
        if (!Wish.Wants(expected.Content))
            Fail($"wants {Wish} and receives {expected}");
        if (IsInDoubt)
            return;
        if (block.Id <= _position)
            Fail($"is at {_position} and receives {expected} again");
        var skipped = model.Between(_position, block.Id, Wish);
        skipped.RemoveAt(skipped.Count - 1);
        CheckNothingSkipped(skipped, block, connection);
    }

    private void CheckNothingSkipped(List<ModelEvent> skipped, Block block, SimulatedConnection connection)
    {
        var mayStartLater = connection.MayStartLater;
        connection.MayStartLater = false;
        if (skipped.Count > 0 && !(mayStartLater && skipped[^1].Id <= block.TrimmedThrough))
            Fail($"is at {_position} and receives {block}, but {skipped.Count} events between were skipped silently; the first is {skipped[0]}");
    }

    private void Fail(string what) => throw new OracleException($"{this} ({Wish}, {Policy}) {what}.");
}
