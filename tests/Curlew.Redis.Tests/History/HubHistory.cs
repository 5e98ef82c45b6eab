using EventId = Curlew.Protocol.EventId;

namespace Curlew.Redis.Tests.History;

/// <summary>
/// All that publishers were told and all that clients were sent, of one hub, and the check that it keeps the guarantees: order, no loss, no duplicate, a gap
/// where events were lost, and none where nothing was. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A log that loses everything begins another life. Ids are times, so the end of a life is a position above all of its ids and below all of the
/// next life's.</para>
/// <para>Nothing is trimmed in such a history, and nothing is deleted by name.</para>
/// </remarks>
internal sealed class HubHistory
{
    // Protects everything below.
    private readonly Lock _lock = new();
    private readonly Dictionary<int, List<EventId>> _acknowledged = [];
    private readonly HashSet<int> _attempted = [];
    private readonly HashSet<int> _refused = [];
    private readonly List<EventId> _ends = [];
    private readonly List<ClientHistory> _clients = [];

    /// <summary>How many times the log has lost everything.</summary>
    public int Losses
    {
        get
        {
            lock (_lock)
                return _ends.Count;
        }
    }

    /// <summary>The newest id that a publisher was told.</summary>
    public EventId NewestAcknowledged
    {
        get
        {
            lock (_lock)
                return _acknowledged.Values.SelectMany(static ids => ids).DefaultIfEmpty().Max();
        }
    }

    /// <summary>An event is about to be published. It may be appended from here on.</summary>
    public void Attempt(int number)
    {
        lock (_lock)
            _attempted.Add(number);
    }

    /// <summary>Its publisher was told that it is in the log.</summary>
    public void Acknowledge(int number, EventId id)
    {
        lock (_lock)
        {
            if (!_acknowledged.TryGetValue(number, out var ids))
                _acknowledged.Add(number, ids = []);
            ids.Add(id);
        }
    }

    /// <summary>Its publisher was told that it is not in the log, and has not tried again.</summary>
    public void Refuse(int number)
    {
        lock (_lock)
            _refused.Add(number);
    }

    /// <summary>The log has lost everything, and gives no id below this position any more.</summary>
    public void Lose(EventId end)
    {
        lock (_lock)
            _ends.Add(end);
    }

    /// <summary>A client that begins with the oldest event there is.</summary>
    /// <param name="name">Who it is.</param>
    /// <param name="firstLife">How many losses there had been when it came.</param>
    public ClientHistory AddClient(string name, int firstLife)
    {
        lock (_lock)
        {
            var client = new ClientHistory(name, firstLife);
            _clients.Add(client);
            return client;
        }
    }

    /// <summary>Proves that every client was sent what it had to be, once everything has arrived.</summary>
    /// <exception cref="HistoryException">It was not; the message says who, and what.</exception>
    public void Check()
    {
        lock (_lock)
        {
            var log = CheckLog();
            foreach (var client in _clients)
                Check(client, log);
        }
    }

    /// <summary>Which events the log is known to have had, by their ids: those that somebody was told of, or was sent.</summary>
    private SortedDictionary<EventId, int> CheckLog()
    {
        var log = new SortedDictionary<EventId, int>();
        foreach (var (number, ids) in _acknowledged)
        {
            foreach (var id in ids)
                Add(number, id, "a publisher was told");
        }

        foreach (var client in _clients)
        {
            foreach (var heard in client.All.Where(static heard => heard.Gap is null))
            {
                if (!_attempted.Contains(heard.Number))
                    throw new HistoryException($"{client.Name} was sent {heard}, which nobody published");
                if (_refused.Contains(heard.Number))
                    throw new HistoryException($"{client.Name} was sent {heard}, of which its publisher was told that it was not appended");
                Add(heard.Number, heard.Id, $"{client.Name} was sent");
            }
        }

        // With a key, or without one and sent once, an event is appended once in a life.
        foreach (var (number, ids) in log.GroupBy(static entry => entry.Value, static entry => entry.Key).Select(static group => (group.Key, group.ToArray())))
        {
            if (ids.Select(LifeOf).Distinct().Count() < ids.Length)
                throw new HistoryException($"{number} was appended more than once: {string.Join(", ", ids)}");
        }

        return log;

        void Add(int number, EventId id, string how)
        {
            if (!log.TryAdd(id, number) && log[id] != number)
                throw new HistoryException($"{how} {number} at {id}, where {log[id]} is");
        }
    }

    private void Check(ClientHistory client, SortedDictionary<EventId, int> log)
    {
        // Everything up to the position was sent, or was told to be lost. A client that has heard nothing of a life takes it from its begin.
        var (position, life) = (Begin(client.FirstLife), client.FirstLife);
        var isAtBegin = true;
        foreach (var heard in client.All)
        {
            if (heard.Gap is not null)
            {
                if (heard.Gap is not ("lost" or "unknown" or "trimmed"))
                    Fail(heard, "which has no place here");
                // Each loss is told once: the position belongs to a life that is over.
                if (life >= _ends.Count)
                    Fail(heard, $"but nothing was lost after {position}");
                (life, isAtBegin) = (life + 1, true);
                position = Begin(life);
                continue;
            }

            var itsLife = LifeOf(heard.Id);
            if (itsLife < life)
                Fail(heard, "of a log of whose loss it was told");
            if (isAtBegin && itsLife > life)
            {
                // Several losses were told at once, or nothing of a life had arrived.
                life = itsLife;
                position = Begin(life);
            }

            if (heard.Id <= position)
                Fail(heard, $"although it was at {position}: a repeat, or out of order");
            CheckNothingBetween(heard.Id, heard.ToString());
            (position, life, isAtBegin) = (heard.Id, itsLife, false);
        }

        // What was lost, and is not followed by anything, may still have to be told.
        if (life < _ends.Count && !isAtBegin)
            throw new HistoryException($"{client.Name} is at {position} and was not told that the log has lost it: {client}");
        if (life < _ends.Count)
            position = Begin(_ends.Count);
        CheckNothingBetween(EventId.MaxValue, "the end");

        EventId Begin(int ofLife) => ofLife == 0 ? EventId.Zero : _ends[ofLife - 1];

        void CheckNothingBetween(EventId before, string what)
        {
            foreach (var (id, number) in log)
            {
                if (id > position && id < before)
                    throw new HistoryException($"{client.Name} was at {position} and came to {what} without {number}@{id}: {client}");
            }
        }

        void Fail(Heard heard, string why) => throw new HistoryException($"{client.Name} was sent {heard}, {why}: {client}");
    }

    private int LifeOf(EventId id) => _ends.Count(end => id > end);
}
