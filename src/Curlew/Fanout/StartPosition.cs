namespace Curlew;

/// <summary>Where a new subscription begins.</summary>
internal readonly record struct StartPosition
{
    private StartPosition(Kind kind, string? id = null, DateTimeOffset time = default, int count = 0)
    {
        Of = kind;
        Id = id;
        Time = time;
        Count = count;
    }

    internal enum Kind
    {
        /// <summary>With what is published from now on.</summary>
        Now,

        /// <summary>After the last event that the client had.</summary>
        AfterId,

        /// <summary>With the first event of a point in time or later.</summary>
        Since,

        /// <summary>With the newest events that match, so many.</summary>
        Last,

        /// <summary>With the oldest event retained.</summary>
        Earliest,
    }

    public static StartPosition Now => default;

    public static StartPosition Earliest => new(Kind.Earliest);

    public Kind Of { get; }

    /// <summary>The last event id, as the client sent it: any text at all.</summary>
    public string? Id { get; }

    public DateTimeOffset Time { get; }

    public int Count { get; }

    public static StartPosition After(string id) => new(Kind.AfterId, id: id);

    public static StartPosition Since(DateTimeOffset time) => new(Kind.Since, time: time);

    public static StartPosition Last(int count) => new(Kind.Last, count: count);
}
