using System.Net;
using System.Text;
using System.Text.Json;

namespace Curlew.Hub.Publishing;

/// <summary>What a hub said to a POST.</summary>
/// <param name="Status">The status of the response.</param>
/// <param name="Id">The id of the last event published; null unless the answer is a hub's 200.</param>
/// <param name="Problem">For a person: why nothing was published. Its further lines are indented. Null with an id.</param>
/// <param name="RetryAfter">How long the hub asks to be left alone.</param>
internal sealed record HubAnswer(HttpStatusCode Status, string? Id, string? Problem, TimeSpan? RetryAfter)
{
    private const int MaxPlainText = 300;

    /// <summary>Reads a response whose body has arrived.</summary>
    public static async Task<HubAnswer> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        var json = mediaType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) is true ? ParseObject(body) : null;
        using (json)
        {
            var id = response.StatusCode is HttpStatusCode.OK && json is not null ? Text(json.RootElement, "id") : null;
            var problem = id is null ? Describe(response, json?.RootElement, mediaType, body) : null;
            return new(response.StatusCode, id, problem, ReadRetryAfter(response, time));
        }
    }

    private static string Describe(HttpResponseMessage response, JsonElement? json, string? mediaType, byte[] body)
    {
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
            return $"{response.RequestMessage?.RequestUri} answers {status}, but not as a hub does; is the address right?";

        var text = new StringBuilder();
        var title = json is { } problem ? Text(problem, "title") : null;
        text.Append(title is null ? $"the hub answers {status} {response.ReasonPhrase}".TrimEnd() : $"{title} ({status})");
        var detail = json is { } details ? Text(details, "detail") : mediaType is "text/plain" ? Start(body) : null;
        if (!string.IsNullOrWhiteSpace(detail))
            text.Append(": ").Append(detail);
        else if (status is 404 or (>= 300 and < 400))
            text.Append("; is the address right?");
        if (json is { } withErrors)
            AppendErrors(text, withErrors);
        return Printable(text.ToString());
    }

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

    private static JsonDocument? ParseObject(byte[] body)
    {
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

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static string Start(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body).Trim();
        return text.Length <= MaxPlainText ? text : text[..MaxPlainText] + "…";
    }

    /// <summary>The text comes from outside and goes to a terminal, which would obey its control characters.</summary>
    private static string Printable(string text) =>
        string.Create(text.Length, text, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(text[i]) && text[i] != '\n' ? '\uFFFD' : text[i];
        });

    private static TimeSpan? ReadRetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : null;
    }
}
