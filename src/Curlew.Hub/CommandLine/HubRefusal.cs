using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Curlew.Hub.CommandLine;

/// <summary>Says in a person's words what a hub's answer other than a success says.</summary>
internal static class HubRefusal
{
    private const int MaxPlainText = 300;

    /// <returns>The problem details, field by field on indented lines, or what there is of the status and a plain text.</returns>
    public static string Describe(HttpStatusCode statusCode, string? mediaType, byte[] body)
    {
        using var json = ParseObject(mediaType, body);
        var status = (int)statusCode;
        var text = new StringBuilder();
        var title = json is null ? null : Text(json.RootElement, "title");
        text.Append(title is null ? $"the hub answers {status} {ReasonPhrases.GetReasonPhrase(status)}".TrimEnd() : $"{title} ({status})");
        var detail = json is not null ? Text(json.RootElement, "detail") : mediaType is "text/plain" ? Start(body) : null;
        if (!string.IsNullOrWhiteSpace(detail))
            text.Append(": ").Append(detail);
        else if (status is 404 or (>= 300 and < 400))
            text.Append("; is the address right?");
        if (json is not null)
            AppendErrors(text, json.RootElement);
        return PrintableText.Of(text.ToString());
    }

    public static JsonDocument? ParseObject(string? mediaType, byte[] body)
    {
        if (mediaType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) is not true)
            return null;
        try
        {
            var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind is JsonValueKind.Object)
                return json;
            json.Dispose();
        }
        catch (JsonException)
        {
            // A body that is not what its header says has nothing to tell; the status has.
        }

        return null;
    }

    public static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static void AppendErrors(StringBuilder text, JsonElement problem)
    {
        if (!problem.TryGetProperty("errors", out var errors) || errors.ValueKind is not JsonValueKind.Object)
            return;
        foreach (var field in errors.EnumerateObject())
        {
            var messages = field.Value.ValueKind is JsonValueKind.Array
                ? string.Join(" ", field.Value.EnumerateArray().Select(message => message.ToString()))
                : field.Value.ToString();
            text.Append("\n  ").Append(field.Name).Append(": ").Append(messages.ReplaceLineEndings(" "));
        }
    }

    private static string Start(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body).Trim();
        return text.Length <= MaxPlainText ? text : text[..MaxPlainText] + "…";
    }
}
