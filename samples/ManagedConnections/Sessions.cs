using System.Collections.Concurrent;
using System.Security.Claims;

/// <summary>Who is signed in, and until when. An application has such a table in its database.</summary>
sealed class Sessions(TimeProvider time)
{
    private const string SessionClaim = "session";
    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    public ClaimsPrincipal Open(string user, string? role, TimeSpan? lifetime)
    {
        var id = $"{Guid.NewGuid()}";
        _sessions[id] = new(user, time.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(8)));
        return new(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, user), new("role", role ?? "reader"), new(SessionClaim, id)], "session"));
    }

    public bool IsOpen(ClaimsPrincipal user) =>
        user.FindFirstValue(SessionClaim) is { } id && _sessions.TryGetValue(id, out var session) && session.Ends > time.GetUtcNow();

    public void Revoke(string user)
    {
        foreach (var (id, _) in _sessions.Where(session => session.Value.User == user))
            _sessions.TryRemove(id, out _);
    }

    record Session(string User, DateTimeOffset Ends);
}
