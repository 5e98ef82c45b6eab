/// <summary>
/// Who is in which room: whoever has joined and has a stream of it, or had one a moment ago. A reload or a cut is no leave; a browser that crashed is one.
/// </summary>
sealed class Presence(IEventPublisher events, IConfiguration configuration, TimeProvider time)
{
    // Longer than a browser takes to come back, which is up to 4 seconds after a cut.
    readonly TimeSpan _patience = configuration.GetValue("Chat:Patience", TimeSpan.FromSeconds(10));
    readonly Lock _gate = new();
    readonly Dictionary<(string Room, string Name), Person> _people = [];

    /// <summary>Counts a stream of a room, until it is disposed.</summary>
    public IDisposable Listen(string room, string name)
    {
        lock (_gate)
        {
            var person = Find(room, name);
            person.Streams++;
            person.Leaving.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return new Listening(this, person);
        }
    }

    /// <summary>Announces a person, unless they are there already.</summary>
    public async Task JoinAsync(string room, string name)
    {
        lock (_gate)
        {
            var person = Find(room, name);
            if (person.HasJoined)
                return;
            person.HasJoined = true;
            if (person.Streams == 0)
                person.Leaving.Change(_patience, Timeout.InfiniteTimeSpan);
        }

        await events.PublishAsync($"rooms/{room}", new Joined(name));
    }

    /// <summary>Announces that a person has left, if they were there.</summary>
    public async Task LeaveAsync(string room, string name)
    {
        lock (_gate)
        {
            if (!_people.TryGetValue((room, name), out var person) || !person.HasJoined)
                return;
            person.HasJoined = false;
            ForgetIfGone(person);
        }

        await events.PublishAsync($"rooms/{room}", new Left(name));
    }

    Person Find(string room, string name)
    {
        if (_people.TryGetValue((room, name), out var person))
            return person;
        person = new(room, name);
        person.Leaving = time.CreateTimer(_ => OnAway(person), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return _people[(room, name)] = person;
    }

    void OnStreamEnded(Person person)
    {
        lock (_gate)
        {
            person.Streams--;
            if (person is { HasJoined: true, Streams: 0 })
                person.Leaving.Change(_patience, Timeout.InfiniteTimeSpan);
            ForgetIfGone(person);
        }
    }

    void OnAway(Person person)
    {
        lock (_gate)
        {
            // A stream that has just begun, or a leave, may have overtaken the timer.
            if (person is not { HasJoined: true, Streams: 0 })
                return;
            person.HasJoined = false;
            ForgetIfGone(person);
        }

        events.Enqueue($"rooms/{person.Room}", new Left(person.Name));
    }

    void ForgetIfGone(Person person)
    {
        if (person is { HasJoined: false, Streams: 0 } && _people.Remove((person.Room, person.Name)))
            person.Leaving.Dispose();
    }

    sealed class Person(string room, string name)
    {
        public string Room => room;

        public string Name => name;

        public int Streams { get; set; }

        public bool HasJoined { get; set; }

        public ITimer Leaving { get; set; } = null!;
    }

    sealed class Listening(Presence presence, Person person) : IDisposable
    {
        public void Dispose() => presence.OnStreamEnded(person);
    }
}
