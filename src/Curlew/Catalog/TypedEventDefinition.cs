using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Curlew;

/// <summary>An event as the application added it: the selectors and the projection of its class.</summary>
internal sealed class TypedEventDefinition<T, TPayload>(
    string type,
    string? category,
    string? description,
    Func<T, TPayload> payload,
    JsonTypeInfo<TPayload>? jsonTypeInfo,
    EventSelectors<T> selectors) : EventDefinition(type, category, description, typeof(T), typeof(TPayload))
{
    public override bool HasAudience => selectors.Topics is not null || selectors.User is not null || selectors.Users is not null || selectors.Broadcast;

    internal override byte[] Encode(object e, JsonSerializerOptions json)
    {
        var data = payload((T)e);
        return jsonTypeInfo is null ? PayloadData.Encode(data, json) : JsonSerializer.SerializeToUtf8Bytes(data, jsonTypeInfo);
    }

    internal override DateTimeOffset? TimeOf(object e) => selectors.OccurredAt?.Invoke((T)e);

    internal override IReadOnlyList<string[]> TopicsOf(object e)
    {
        var subject = (T)e;
        string[] named = selectors.Topics?.Invoke(subject) is { } topics ? [.. topics] : [];
        if (named.Length > 0)
            named = NewEvent.CheckTopics(named);
        if (selectors.Broadcast)
            named = [.. named, Topic.Broadcast];
        IEnumerable<string> users = selectors.Users?.Invoke(subject) ?? [];
        if (selectors.User?.Invoke(subject) is { } user)
            users = users.Append(user);
        var ofUsers = Topic.ForUsers(users);
        if (ofUsers.Length > 0)
            ofUsers[0] = [.. named, .. ofUsers[0]];
        else if (named.Length > 0)
            ofUsers = [named];
        return ofUsers.Length > 0 ? ofUsers : throw new InvalidEventException("topics", $"the selectors of '{Type}' choose no topic, no user and not all");
    }

    internal override JsonTypeInfo? FindTypeInfo(JsonSerializerOptions json)
    {
        if (jsonTypeInfo is not null)
            return jsonTypeInfo;
        return typeof(TPayload) != typeof(string) && json.TryGetTypeInfo(typeof(TPayload), out var info) ? info : null;
    }
}
