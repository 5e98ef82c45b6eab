namespace Microsoft.AspNetCore.Cors.Infrastructure;

/// <summary>What an event stream needs of CORS.</summary>
public static class EventStreamCorsExtensions
{
    /// <summary>Allows the headers that clients of an event stream send: <c>Last-Event-ID</c> on reconnects, <c>Cache-Control</c>, and <c>Authorization</c>.</summary>
    /// <param name="policy">The policy, which names the origins itself.</param>
    /// <returns>The policy.</returns>
    public static CorsPolicyBuilder AllowEventStreams(this CorsPolicyBuilder policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return policy.WithMethods("GET", "HEAD").WithHeaders("Last-Event-ID", "Cache-Control", "Authorization");
    }
}
