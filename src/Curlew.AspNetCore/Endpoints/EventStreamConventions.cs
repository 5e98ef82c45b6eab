using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Curlew;

/// <summary>
/// The conventions of a stream, which is two endpoints: one for GET, and one for HEAD. The second takes no part in what has to be unique: it has no name,
/// and no description, where it would repeat the first one's operation id.
/// </summary>
internal sealed class EventStreamConventions : IEndpointConventionBuilder
{
    private readonly IEndpointConventionBuilder _get;
    private readonly IEndpointConventionBuilder _head;

    public EventStreamConventions(IEndpointConventionBuilder get, IEndpointConventionBuilder head)
    {
        (_get, _head) = (get, head);
        head.Finally(static endpoint =>
        {
            for (var i = endpoint.Metadata.Count - 1; i >= 0; i--)
            {
                if (endpoint.Metadata[i] is IEndpointNameMetadata or IRouteNameMetadata)
                    endpoint.Metadata.RemoveAt(i);
            }

            endpoint.Metadata.Add(new ExcludeFromDescriptionAttribute());
        });
    }

    public void Add(Action<EndpointBuilder> convention)
    {
        _get.Add(convention);
        _head.Add(convention);
    }

    public void Finally(Action<EndpointBuilder> finallyConvention)
    {
        _get.Finally(finallyConvention);
        _head.Finally(finallyConvention);
    }
}
