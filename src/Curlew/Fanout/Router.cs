namespace Curlew;

/// <summary>
/// Knows which live subscriptions a frame concerns. Literal topics are found by a dictionary, wildcards by a tree of segments, so the cost is that of
/// the subscriptions that match, whatever the number of others. Guarded by the hub's order lock.
/// </summary>
internal sealed class Router
{
    private readonly Dictionary<string, Members> _literal = new(StringComparer.Ordinal);
    private readonly Node _wildcards = new(parent: null, segment: "");
    private readonly List<Subscription> _leaving = [];
    private long _round;

    public int Count { get; private set; }

    public void Add(Subscription subscription)
    {
        var filters = subscription.Interest.Filters;
        var places = new Place[filters.Length];
        for (var i = 0; i < filters.Length; i++)
        {
            var members = filters[i].IsLiteral ? LiteralMembers(filters[i].Text) : WildcardMembers(filters[i]);
            places[i] = new(members, members.Add(subscription, i));
        }

        subscription.Places = places;
        Count++;
    }

    public void Remove(Subscription subscription)
    {
        if (subscription.Places is not { } places)
            return;
        subscription.Places = null;
        Count--;
        foreach (var (members, index) in places)
        {
            members.RemoveAt(index);
            if (members.Count > 0)
                continue;
            if (members.Node is { } node)
                node.Prune();
            else
                _literal.Remove(members.Topic);
        }
    }

    /// <summary>Offers the frame to each subscription that it concerns, once. Those whose queue overflowed are live no longer.</summary>
    public void Route(Frame frame)
    {
        _round++;
        foreach (var topic in frame.TopicSpan)
        {
            if (_literal.TryGetValue(topic, out var members))
                Offer(members, frame);
            // Wildcards never match the server's own topics.
            if (topic[0] != '$')
                Walk(_wildcards, topic, frame);
        }

        if (frame.TopicSpan.IsEmpty && _wildcards.Rest is { } everything)
            Offer(everything, frame);

        foreach (var subscription in _leaving)
            Remove(subscription);
        _leaving.Clear();
    }

    private void Walk(Node node, ReadOnlySpan<char> rest, Frame frame)
    {
        if (node.Rest is { } all)
            Offer(all, frame);
        var slash = rest.IndexOf('/');
        var segment = slash < 0 ? rest : rest[..slash];
        if (node.Star is { } star)
            Descend(star, rest, slash, frame);
        if (node.TryGetChild(segment, out var child))
            Descend(child, rest, slash, frame);
    }

    private void Descend(Node node, ReadOnlySpan<char> rest, int slash, Frame frame)
    {
        if (slash >= 0)
            Walk(node, rest[(slash + 1)..], frame);
        else if (node.Exact is { } members)
            Offer(members, frame);
    }

    private void Offer(Members members, Frame frame)
    {
        foreach (ref readonly var member in members.AsSpan())
        {
            var subscription = member.Subscription;
            if (subscription.Round == _round)
                continue;
            subscription.Round = _round;
            // Not removed at once: the lists are being walked.
            if (!subscription.Offer(frame))
                _leaving.Add(subscription);
        }
    }

    private Members LiteralMembers(string topic)
    {
        if (!_literal.TryGetValue(topic, out var members))
            _literal.Add(topic, members = new(topic, node: null));
        return members;
    }

    private Members WildcardMembers(TopicFilter filter)
    {
        var node = _wildcards;
        foreach (var segment in filter.Segments)
        {
            if (segment == "**")
                return node.Rest ??= new(filter.Text, node);
            node = segment == "*" ? node.Star ??= new(node, segment) : node.GetOrAddChild(segment);
        }

        return node.Exact ??= new(filter.Text, node);
    }

    /// <summary>Where a subscription stands in the lists of the router, for each of its filters.</summary>
    internal record struct Place(Members Members, int Index);

    internal readonly record struct Member(Subscription Subscription, int Filter);

    /// <summary>The subscriptions of one filter, in no order.</summary>
    internal sealed class Members(string topic, Node? node)
    {
        private Member[] _members = new Member[1];

        public string Topic { get; } = topic;

        public Node? Node { get; } = node;

        public int Count { get; private set; }

        public ReadOnlySpan<Member> AsSpan() => _members.AsSpan(0, Count);

        public int Add(Subscription subscription, int filter)
        {
            if (Count == _members.Length)
                Array.Resize(ref _members, Count * 2);
            _members[Count] = new(subscription, filter);
            return Count++;
        }

        public void RemoveAt(int index)
        {
            // The last one takes the place.
            var last = _members[--Count];
            _members[Count] = default;
            if (index < Count)
            {
                _members[index] = last;
                last.Subscription.Places![last.Filter].Index = index;
            }

            if (_members.Length > 16 && Count < _members.Length / 4)
                Array.Resize(ref _members, _members.Length / 2);
        }
    }

    /// <summary>A segment of the wildcard filters.</summary>
    internal sealed class Node(Node? parent, string segment)
    {
        private Dictionary<string, Node>? _children;

        public Node? Star { get; set; }

        /// <summary>The subscriptions whose filter ends here.</summary>
        public Members? Exact { get; set; }

        /// <summary>The subscriptions whose filter goes on with <c>**</c>.</summary>
        public Members? Rest { get; set; }

        public bool TryGetChild(ReadOnlySpan<char> name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Node? child)
        {
            child = null;
            return _children is not null && _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out child);
        }

        public Node GetOrAddChild(string name)
        {
            _children ??= new(StringComparer.Ordinal);
            if (!_children.TryGetValue(name, out var child))
                _children.Add(name, child = new(this, name));
            return child;
        }

        /// <summary>Removes what is empty, from here up.</summary>
        public void Prune()
        {
            if (Exact is { Count: 0 })
                Exact = null;
            if (Rest is { Count: 0 })
                Rest = null;
            if (parent is null || Exact is not null || Rest is not null || Star is not null || _children is { Count: > 0 })
                return;
            if (segment == "*")
                parent.Star = null;
            else
                parent._children!.Remove(segment);
            parent.Prune();
        }
    }
}
