using System.Text.Json.Serialization;

namespace Curlew;

/// <summary>The metadata of what the catalog's endpoint answers.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CatalogDescription))]
internal sealed partial class CatalogJson : JsonSerializerContext;
