using Microsoft.Extensions.DependencyInjection;

namespace Curlew;

/// <summary>What <c>AddCurlew</c> returns: the place to add hubs and stores.</summary>
/// <param name="services">The application's services.</param>
public sealed class CurlewBuilder(IServiceCollection services)
{
    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; } = services;
}
