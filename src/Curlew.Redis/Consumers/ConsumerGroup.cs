using System.Text;
using Curlew.Protocol;
using Curlew.Redis.Resp;

namespace Curlew.Redis;

/// <summary>What one member of a consumer group asks of Redis. It decides nothing. Thread-safe, but for <see cref="ReadAsync"/>: one call at a time.</summary>
/// <remarks>
/// Redis counts how often an entry was delivered. Here that number is the number of attempts begun: of a new entry the delivery counts as the first, and
/// every further one is counted by <see cref="BeginAsync"/>, just before it begins. So an entry that ends the process is given up in the end, and those that
/// were read with it are not.
/// </remarks>
internal sealed class ConsumerGroup(
    IRedisClient client, IRedisSession session, string stream, string group, string consumer, string deadLetters, string lease, TimeProvider time)
{
    // The most fields of an entry that goes to the dead letters: a script can hand over some 8,000 words to a command.
    private const int MaxDeadLetterFields = 3000;

    // How idle what is given back is made, which is longer than anybody may have to wait for it.
    private static readonly long GivenBackIdle = (long)TimeSpan.FromDays(365).TotalMilliseconds;

    /// <summary>
    /// Counts an attempt at an entry that is this consumer's. Arguments: group, consumer, id, the most attempts, beyond which nothing is counted, and 1 where
    /// none was made yet. Answers the attempts before, and the entry, if it is still there.
    /// </summary>
    private static readonly RespScript BeginScript = new(
        """
        local mine = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])
        if #mine == 0 then return {0, {}} end
        local attempts = ARGV[5] == '1' and 0 or mine[1][4]
        if attempts < tonumber(ARGV[4]) then
          return {attempts, redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'RETRYCOUNT', attempts + 1)}
        end
        local entry = redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3])
        redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'JUSTID')
        return {attempts, entry}
        """);

    /// <summary>Says of entries that they are not idle, where they are still this consumer's. Arguments: group, consumer, ids. Answers the other ids.</summary>
    private static readonly RespScript HoldScript = new(
        """
        local lost = {}
        for i = 3, #ARGV do
          if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2]) == 0 then
            lost[#lost + 1] = ARGV[i]
          else
            redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
          end
        end
        return lost
        """);

    /// <summary>
    /// Moves an entry that is this consumer's to the dead letters (the second key), at once or not at all, so that it may be tried again. Arguments: group,
    /// consumer, id, the length of the dead letters, and their fields.
    /// </summary>
    private static readonly RespScript DeadLetterScript = new(
        """
        if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2]) == 0 then return 0 end
        redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', unpack(ARGV, 5))
        return redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
        """);

    /// <summary>
    /// Gives back what is pending for this consumer: the ids given, which were not tried at all, and whatever else there is. Without any it leaves the group:
    /// otherwise the entries would be gone with it. Arguments: group, consumer, the idle time, ids. Answers how many were given back.
    /// </summary>
    private static readonly RespScript LeaveScript = new(
        """
        local given = 0
        for i = 4, #ARGV do
          if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2]) > 0 then
            redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', ARGV[3], 'RETRYCOUNT', 0, 'JUSTID')
          end
        end
        local from = '-'
        while true do
          local mine = redis.call('XPENDING', KEYS[1], ARGV[1], from, '+', 1000, ARGV[2])
          for i = 1, #mine do
            redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, mine[i][1], 'IDLE', ARGV[3], 'JUSTID')
            from = '(' .. mine[i][1]
          end
          given = given + #mine
          if #mine < 1000 then break end
        end
        if given == 0 then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) end
        return given
        """);

    /// <summary>
    /// Removes the members of the group that have nothing pending and have been silent for long: each process has a name of its own, and one that died has
    /// not taken it along. Arguments: group, the idle time.
    /// </summary>
    private static readonly RespScript ForgetScript = new(
        """
        local members = redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
        local forgotten = 0
        for i = 1, #members do
          local field = {}
          for j = 1, #members[i], 2 do field[members[i][j]] = members[i][j + 1] end
          if field['pending'] == 0 and field['idle'] > tonumber(ARGV[2]) then
            redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], field['name'])
            forgotten = forgotten + 1
          end
        end
        return forgotten
        """);

    /// <summary>Takes or prolongs the lease. Arguments: consumer, its time. Answers 2 where it was not this consumer's before, 0 where it is another's.</summary>
    private static readonly RespScript LeaseScript = new(
        """
        local holder = redis.call('GET', KEYS[1])
        if holder and holder ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return holder and 1 or 2
        """);

    private static readonly RespScript EndLeaseScript = new(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0");

    public string Stream => stream;

    public string Group => group;

    public string Consumer => consumer;

    public string DeadLetters => deadLetters;

    /// <summary>How many connections the reads have had.</summary>
    public long Connections => session.Connections;

    /// <summary>Makes the group, and the stream where there is none.</summary>
    /// <returns>Whether the group was missing.</returns>
    public async Task<bool> CreateAsync(bool skipExisting, CancellationToken cancellationToken)
    {
        using var command = new RespCommand("XGROUP"u8).Add("CREATE"u8).AddKey(stream).Add(group).Add(skipExisting ? "$"u8 : "0"u8).Add("MKSTREAM"u8);
        try
        {
            using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RedisServerException e) when (e.Code == "BUSYGROUP")
        {
            return false;
        }
    }

    /// <summary>Waits for new entries.</summary>
    /// <param name="count">The most entries.</param>
    /// <param name="block">How long to wait.</param>
    /// <param name="stop">Ends the wait without losing what is on its way, as far as there is a connection.</param>
    public async Task<List<StreamEntry>> ReadAsync(int count, TimeSpan block, CancellationToken stop)
    {
        using var command = new RespCommand("XREADGROUP"u8).Add("GROUP"u8).Add(group).Add(consumer).Add("COUNT"u8).Add(count)
            .Add("BLOCK"u8).Add((long)block.TotalMilliseconds).Add("STREAMS"u8).AddKey(stream).Add(">"u8);
        using var giveUp = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        var read = session.SendAsync(command, block, giveUp.Token);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (stop.UnsafeRegister(static stopped => ((TaskCompletionSource)stopped!).TrySetResult(), stopped))
            await Task.WhenAny(read, stopped.Task).ConfigureAwait(false);
        if (!read.IsCompleted)
        {
            // Where there is no connection the wait has no other end. What a cancelled read is given is pending for this consumer, and given back with the rest.
            giveUp.CancelAfter(TimeSpan.FromSeconds(1));
            await UnblockAsync(read, giveUp.Token).ConfigureAwait(false);
        }

        using var reply = await read.ConfigureAwait(false);
        return Read(reply);

        List<StreamEntry> Read(RespReply reply)
        {
            List<StreamEntry> entries = [];
            if (reply.IsNull)
                return entries;
            var streams = StreamReplyReader.OfRead(reply.Read());
            while (streams.TryReadStream(out _))
            {
                while (streams.TryReadEntry(out var entry))
                    entries.Add(Copy(entry, attempt: 1));
            }

            return entries;
        }
    }

    public async Task AcknowledgeAsync(EventId id, CancellationToken cancellationToken)
    {
        using var command = new RespCommand("XACK"u8).AddKey(stream).Add(group).Add(id.ToString());
        using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The entries that are pending for this consumer, oldest first.</summary>
    public async Task<List<EventId>> FindOwnAsync(int count, EventId after, CancellationToken cancellationToken)
    {
        using var command = new RespCommand("XPENDING"u8).AddKey(stream).Add(group).Add($"({after}").Add("+"u8).Add(count).Add(consumer);
        using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
        return Read(reply);

        static List<EventId> Read(RespReply reply)
        {
            List<EventId> ids = [];
            var reader = reply.Read();
            for (var left = reader.ReadArray(); left > 0; left--)
            {
                var entry = reader.ReadNested();
                entry.ReadArray();
                ids.Add(StreamState.Id(entry.ReadBytes()));
            }

            return ids;
        }
    }

    /// <summary>Makes entries this consumer's that have been idle in the hands of whomever for a time.</summary>
    /// <returns>Their ids, oldest first, and where to go on; null at the end.</returns>
    public async Task<(List<EventId> Ids, string? Next)> ReclaimAsync(TimeSpan idle, string from, int count, CancellationToken cancellationToken)
    {
        using var command = new RespCommand("XAUTOCLAIM"u8).AddKey(stream).Add(group).Add(consumer).Add((long)idle.TotalMilliseconds).Add(from)
            .Add("COUNT"u8).Add(count).Add("JUSTID"u8);
        using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
        return Read(reply);

        static (List<EventId>, string?) Read(RespReply reply)
        {
            var reader = reply.Read();
            reader.ReadArray();
            var next = reader.ReadString();
            List<EventId> ids = [];
            for (var left = reader.ReadArray(); left > 0; left--)
                ids.Add(StreamState.Id(reader.ReadBytes()));
            return (ids, next == "0-0" ? null : next);
        }
    }

    /// <summary>Begins an attempt at an entry that is this consumer's.</summary>
    /// <param name="id">The entry.</param>
    /// <param name="maxAttempts">The most attempts.</param>
    /// <param name="isUntried">Whether it is known that none was made yet, although the entry was delivered.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The entry with the number of the attempt, which is above the most where there must not be another; null where there is none any more.</returns>
    public async Task<StreamEntry?> BeginAsync(EventId id, int maxAttempts, bool isUntried, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(BeginScript, 1).AddKey(stream).Add(group).Add(consumer).Add(id.ToString()).Add(maxAttempts).Add(isUntried ? 1 : 0);
        using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
        return Read(reply);

        StreamEntry? Read(RespReply reply)
        {
            var reader = reply.Read();
            reader.ReadArray();
            var attempts = (int)Math.Min(reader.ReadInteger(), int.MaxValue - 1);
            var entries = StreamReplyReader.OfEntries(reader);
            return entries.TryReadEntry(out var entry) && !entry.IsDeleted ? Copy(entry, attempts + 1) : null;
        }
    }

    /// <summary>Says of entries that they are not idle.</summary>
    /// <returns>Those that are no longer this consumer's.</returns>
    public async Task<List<EventId>> HoldAsync(IEnumerable<EventId> ids, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(HoldScript, 1).AddKey(stream).Add(group).Add(consumer);
        foreach (var id in ids)
            command.Add(id.ToString());
        using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
        return Read(reply);

        static List<EventId> Read(RespReply reply)
        {
            List<EventId> lost = [];
            var reader = reply.Read();
            for (var left = reader.ReadArray(); left > 0; left--)
                lost.Add(StreamState.Id(reader.ReadBytes()));
            return lost;
        }
    }

    /// <summary>Moves an entry to the dead letters.</summary>
    /// <returns>Whether it was still this consumer's; with a repeated call it is not.</returns>
    public async Task<bool> DeadLetterAsync(StreamEntry entry, int attempts, string error, int length, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(DeadLetterScript, 2).AddKey(stream).AddKey(deadLetters).Add(group).Add(consumer).Add(entry.Id.ToString()).Add(length);
        foreach (var (name, value) in entry.Fields.Take(MaxDeadLetterFields))
            command.Add(name).Add(value.Span);
        command.Add("dead-letter-stream"u8).Add(stream).Add("dead-letter-group"u8).Add(group).Add("dead-letter-id"u8).Add(entry.Id.ToString())
            .Add("dead-letter-attempts"u8).Add(attempts).Add("dead-letter-error"u8).Add(error);
        if (entry.Fields.Count > MaxDeadLetterFields)
            command.Add("dead-letter-fields-left-out"u8).Add(entry.Fields.Count - MaxDeadLetterFields);
        using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
        return reply.Read().ReadInteger() > 0;
    }

    /// <summary>Gives back what is pending for this consumer, and leaves the group where nothing is.</summary>
    /// <param name="untried">Of what is given back, the entries that were never tried.</param>
    /// <param name="maxWait">How long to wait for a connection.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many entries were given back.</returns>
    public async Task<long> LeaveAsync(IEnumerable<EventId> untried, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(LeaveScript, 1).AddKey(stream).Add(group).Add(consumer).Add(GivenBackIdle);
        foreach (var id in untried)
            command.Add(id.ToString());
        using var reply = await client.SendAsync(command, maxWait, cancellationToken).ConfigureAwait(false);
        return reply.Read().ReadInteger();
    }

    /// <summary>Removes the names of members that are long gone and have nothing pending.</summary>
    public async Task ForgetAsync(TimeSpan idle, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(ForgetScript, 1).AddKey(stream).Add(group).Add((long)idle.TotalMilliseconds);
        using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes or prolongs the lease.</summary>
    /// <returns>Whether this consumer has it, and whether that is new.</returns>
    public async Task<(bool IsHeld, bool IsNew)> LeaseAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(LeaseScript, 1).AddKey(lease).Add(consumer).Add((long)duration.TotalMilliseconds);
        using var reply = await client.SendAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
        var answer = reply.Read().ReadInteger();
        return (answer > 0, answer == 2);
    }

    public async Task EndLeaseAsync(TimeSpan maxWait, CancellationToken cancellationToken)
    {
        using var command = new RespCommand(EndLeaseScript, 1).AddKey(lease).Add(consumer);
        using var reply = await client.SendAsync(command, maxWait, cancellationToken).ConfigureAwait(false);
    }

    private StreamEntry Copy(StreamReplyEntry entry, int attempt)
    {
        List<KeyValuePair<string, ReadOnlyMemory<byte>>> fields = [];
        while (entry.TryReadField(out var name, out var value))
            fields.Add(new(Encoding.UTF8.GetString(name), value.ToArray()));
        return new(stream, StreamState.Id(entry.Id), fields, attempt);
    }

    private async Task UnblockAsync(Task read, CancellationToken cancellationToken)
    {
        for (var delay = TimeSpan.FromMilliseconds(1); !read.IsCompleted && !cancellationToken.IsCancellationRequested; delay *= 2)
        {
            try
            {
                // The read may not have arrived yet: then nobody waits, and it is tried again.
                await session.UnblockAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RedisConnectionException or RedisServerException or OperationCanceledException)
            {
                // Redis is away, and the read ends with its connection or is given up.
            }

            await Task.WhenAny(read, Task.Delay(delay, time, cancellationToken)).ConfigureAwait(false);
        }
    }
}
