using System.Text.Json;

namespace Curlew;

/// <summary>How the payloads of published events become JSON.</summary>
public sealed class PayloadJsonOptions
{
    /// <summary>
    /// The serializer's options. Default: those of the web (camel case); in ASP.NET Core the application's own, as set by <c>ConfigureHttpJsonOptions</c>.
    /// </summary>
    public JsonSerializerOptions? SerializerOptions { get; set; }
}
