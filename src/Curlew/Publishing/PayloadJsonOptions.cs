using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Curlew;

/// <summary>How the payloads of published events become JSON.</summary>
public sealed class PayloadJsonOptions
{
    /// <summary>
    /// The serializer's options. Default: those of the web (camel case); in ASP.NET Core the application's own, as set by <c>ConfigureHttpJsonOptions</c>.
    /// </summary>
    public JsonSerializerOptions? SerializerOptions { get; set; }

    /// <summary>What is set, with the resolver that the serializer gives options which have none; else the default.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The reflection-based resolver is used only where the application has not turned it off.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "The reflection-based resolver is used only where the application has not turned it off.")]
    internal JsonSerializerOptions Effective
    {
        get
        {
            if (SerializerOptions is { TypeInfoResolver: null } options && JsonSerializer.IsReflectionEnabledByDefault)
                options.MakeReadOnly(populateMissingResolver: true);
            return SerializerOptions ?? Default;
        }
    }

    internal static JsonSerializerOptions Default { get; } = CreateDefault();

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The reflection-based resolver is used only where the application has not turned it off.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "The reflection-based resolver is used only where the application has not turned it off.")]
    private static JsonSerializerOptions CreateDefault()
    {
        var json = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : JsonTypeInfoResolver.Combine(),
        };
        json.MakeReadOnly();
        return json;
    }
}
