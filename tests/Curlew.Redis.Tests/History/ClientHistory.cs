namespace Curlew.Redis.Tests.History;

/// <summary>What a client was sent in its life, over all of its streams. Thread-safe.</summary>
/// <param name="name">Who it is.</param>
/// <param name="firstLife">How many times the log had lost everything when it came.</param>
internal sealed class ClientHistory(string name, int firstLife)
{
    // Protects itself.
    private readonly List<Heard> _heard = [];

    public string Name => name;

    public int FirstLife => firstLife;

    public IReadOnlyList<Heard> All
    {
        get
        {
            lock (_heard)
                return [.. _heard];
        }
    }

    public void Add(Heard heard)
    {
        lock (_heard)
            _heard.Add(heard);
    }

    public override string ToString() => string.Join(' ', All);
}
