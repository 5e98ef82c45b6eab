using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Curlew;

/// <summary>The features of a connection: what it is itself, unless another is put in its place, and what others add.</summary>
internal sealed partial class InlineSendConnection :
    IFeatureCollection,
    IConnectionIdFeature,
    IConnectionItemsFeature,
    IConnectionTransportFeature,
    IConnectionLifetimeFeature,
    IConnectionEndPointFeature,
    IConnectionSocketFeature,
    IMemoryPoolFeature
{
    // As many as the server adds on its own.
    private const int UsualFeatures = 4;

    private static readonly Type[] Own =
    [
        typeof(IConnectionIdFeature),
        typeof(IConnectionItemsFeature),
        typeof(IConnectionTransportFeature),
        typeof(IConnectionLifetimeFeature),
        typeof(IConnectionEndPointFeature),
        typeof(IConnectionSocketFeature),
        typeof(IMemoryPoolFeature),
    ];

    // Those that were set; null for one of its own that was taken away.
    private readonly List<KeyValuePair<Type, object?>> _set = new(UsualFeatures);
    private string? _id;
    private IDictionary<object, object?>? _items;
    private int _revision;

    public override IFeatureCollection Features => this;

    public override string ConnectionId
    {
        get => _id ??= Interlocked.Increment(ref s_lastId).ToString("X", CultureInfo.InvariantCulture);
        set => _id = value;
    }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new Dictionary<object, object?>();
        set => _items = value;
    }

    public override System.IO.Pipelines.IDuplexPipe Transport { get; set; }

    Socket IConnectionSocketFeature.Socket => _socket;

    MemoryPool<byte> IMemoryPoolFeature.MemoryPool => _transport.Memory;

    bool IFeatureCollection.IsReadOnly => false;

    int IFeatureCollection.Revision => _revision;

    object? IFeatureCollection.this[Type key]
    {
        get => Find(key);
        set => Put(key, value);
    }

    TFeature? IFeatureCollection.Get<TFeature>()
        where TFeature : default => (TFeature?)Find(typeof(TFeature));

    void IFeatureCollection.Set<TFeature>(TFeature? instance)
        where TFeature : default => Put(typeof(TFeature), instance);

    IEnumerator<KeyValuePair<Type, object>> IEnumerable<KeyValuePair<Type, object>>.GetEnumerator() =>
        _set.Where(static feature => feature.Value is not null)
            .Select(static feature => KeyValuePair.Create(feature.Key, feature.Value!))
            .Concat(Own.Where(own => IndexOf(own) < 0).Select(own => KeyValuePair.Create<Type, object>(own, this)))
            .ToList()
            .GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<KeyValuePair<Type, object>>)this).GetEnumerator();

    private object? Find(Type key)
    {
        if (IndexOf(key) is >= 0 and var index)
            return _set[index].Value;
        return Array.IndexOf(Own, key) >= 0 ? this : null;
    }

    private void Put(Type key, object? feature)
    {
        _revision++;
        if (IndexOf(key) is >= 0 and var index)
            _set[index] = new(key, feature);
        else
            _set.Add(new(key, feature));
    }

    private int IndexOf(Type key)
    {
        for (var i = 0; i < _set.Count; i++)
        {
            if (_set[i].Key == key)
                return i;
        }

        return -1;
    }
}
