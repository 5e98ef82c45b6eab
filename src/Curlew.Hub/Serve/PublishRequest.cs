using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Curlew.Hub.Serve;

/// <summary>Reads the events of a <c>POST /events</c>: JSON, a line of JSON each, a form, or a text with the rest in the query.</summary>
internal static class PublishRequest
{
    private static readonly string[] JsonFields = ["topics", "type", "data", "retry", "key", "time"];
    private static readonly string[] FormFields = ["topic", "type", "data", "retry", "key"];

    // ISO 8601, UTC where it does not say.
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK"];
    private static readonly UTF8Encoding Utf8Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="InvalidEventException">The request is at fault; nothing of it is published.</exception>
    public static async ValueTask<(IReadOnlyList<NewEvent> Batch, string? Key)> ReadAsync(HttpRequest request, long maxBytes)
    {
        var header = request.Headers[PublishEndpoint.KeyHeader] is [{ Length: > 0 } text] ? text : null;
        var mediaType = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed : null;
        if (mediaType?.Charset is { HasValue: true } charset && !HeaderUtilities.RemoveQuotes(charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            throw new InvalidRequestException("Content-Type", "the charset must be utf-8", StatusCodes.Status415UnsupportedMediaType);

        NewEvent single;
        string? key;
        switch (mediaType?.MediaType.Value?.ToLowerInvariant())
        {
            case "application/json":
                (single, key) = await ReadBodyAsync(request, maxBytes, ReadJson);
                break;
            case "application/x-ndjson" or "application/ndjson" or "application/jsonl":
                return (await ReadBodyAsync(request, maxBytes, ReadLines), header);
            case "application/x-www-form-urlencoded":
                (single, key) = await ReadBodyAsync(request, maxBytes, ReadForm);
                break;
            case null when request.ContentType is null:
            case { } type when type.StartsWith("text/", StringComparison.Ordinal):
                (single, key) = await ReadBodyAsync(request, maxBytes, body => ReadText(request.Query, body));
                break;
            default:
                throw new InvalidRequestException(
                    "Content-Type",
                    $"'{request.ContentType}' is none of application/json, application/x-ndjson, application/x-www-form-urlencoded, text/plain",
                    StatusCodes.Status415UnsupportedMediaType);
        }

        if (key is not null && header is not null && key != header)
            throw new InvalidRequestException("key", $"it differs from the {PublishEndpoint.KeyHeader} header");
        return ([single], key ?? header);
    }

    private static async ValueTask<T> ReadBodyAsync<T>(HttpRequest request, long maxBytes, Func<ReadOnlyMemory<byte>, T> parse)
    {
        // The server itself has no limit: at one it would cut the connection, and a client that is still sending would not see the answer.
        if (request.ContentLength > maxBytes)
            throw TooLarge();
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            var consumed = read.Buffer.Start;
            try
            {
                if (read.Buffer.Length > maxBytes)
                    throw TooLarge();
                if (!read.IsCompleted)
                    continue;
                consumed = read.Buffer.End;
                return parse(read.Buffer.IsSingleSegment ? read.Buffer.First : read.Buffer.ToArray());
            }
            finally
            {
                request.BodyReader.AdvanceTo(consumed, read.Buffer.End);
            }
        }

        BadHttpRequestException TooLarge() => new($"it has more than {maxBytes} bytes", StatusCodes.Status413PayloadTooLarge);
    }

    private static List<NewEvent> ReadLines(ReadOnlyMemory<byte> body)
    {
        var batch = new List<NewEvent>();
        var number = 0;
        foreach (var range in body.Span.Split((byte)'\n'))
        {
            number++;
            var line = body[range];
            if (!line.Span.ContainsAnyExcept(" \t\r"u8))
                continue;
            try
            {
                var (e, key) = ReadJson(line);
                batch.Add(key is null ? e : throw new InvalidRequestException("key", $"a batch has one key, in the {PublishEndpoint.KeyHeader} header"));
            }
            catch (InvalidEventException e) when (e is not EventTooLargeException)
            {
                throw new InvalidRequestException(e.Field, $"line {number}: {e.Fault}");
            }
        }

        return batch.Count > 0 ? batch : throw new InvalidRequestException("body", "it holds no event");
    }

    private static (NewEvent Event, string? Key) ReadJson(ReadOnlyMemory<byte> json)
    {
        // The parser looks at the bytes of a string only when it is asked for.
        if (!Utf8.IsValid(json.Span))
            throw new InvalidRequestException("body", "it is not well-formed UTF-8");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new InvalidRequestException("body", $"it is not JSON: {e.Message.TrimEnd('.')}");
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new InvalidRequestException("body", "an event is a JSON object, such as {\"topics\":[\"demo\"],\"data\":\"hello\"}");
            HashSet<string> seen = [];
            foreach (var field in root.EnumerateObject())
            {
                var name = NameOf(field);
                if (!JsonFields.Contains(name, StringComparer.Ordinal))
                    throw Unknown(name, JsonFields);
                if (!seen.Add(name))
                    throw new InvalidRequestException(name, "it is there twice");
            }

            var e = new NewEvent(ReadTopics(root), ReadData(root), ReadString(root, "type"), ReadRetry(root), ReadTime(root));
            return (e, ReadString(root, "key"));
        }
    }

    private static string[] ReadTopics(JsonElement root)
    {
        if (!root.TryGetProperty("topics", out var topics))
            throw new InvalidRequestException("topics", "it is missing: an array of at least one topic");
        if (topics.ValueKind != JsonValueKind.Array || topics.EnumerateArray().Any(static topic => topic.ValueKind != JsonValueKind.String))
            throw new InvalidRequestException("topics", "it must be an array of strings");
        return [.. topics.EnumerateArray().Select(static topic => Text(topic, "topics"))];
    }

    private static ReadOnlyMemory<byte> ReadData(JsonElement root)
    {
        if (!root.TryGetProperty("data", out var data))
            throw new InvalidRequestException("data", "it is missing");
        return Encoding.UTF8.GetBytes(data.ValueKind == JsonValueKind.String ? Text(data, "data") : data.GetRawText());
    }

    private static string? ReadString(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? Text(value, name) : throw new InvalidRequestException(name, "it must be a string");
    }

    private static TimeSpan? ReadRetry(JsonElement root)
    {
        if (!root.TryGetProperty("retry", out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var milliseconds) && milliseconds >= 0
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw BadRetry();
    }

    private static DateTimeOffset? ReadTime(JsonElement root)
    {
        if (ReadString(root, "time") is not { } text)
            return null;
        return DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new InvalidRequestException("time", "it must be a point in time in ISO 8601, such as 2026-01-31T12:00:00Z");
    }

    private static string NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            // As with a text, below.
            throw new InvalidRequestException("body", "the name of a field is not well-formed text");
        }
    }

    private static string Text(JsonElement element, string field)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escaped surrogate without its other half.
            throw new InvalidRequestException(field, "it is not well-formed text");
        }
    }

    private static (NewEvent Event, string? Key) ReadForm(ReadOnlyMemory<byte> body)
    {
        // Not the framework's reader: it takes text that is ill-formed, and changes it.
        var form = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        foreach (var range in body.Span.Split((byte)'&'))
        {
            var pair = body.Span[range];
            if (pair.IsEmpty)
                continue;
            var equals = pair.IndexOf((byte)'=');
            var name = Unescape(equals < 0 ? pair : pair[..equals], "body");
            if (!FormFields.Contains(name, StringComparer.Ordinal))
                throw Unknown(name, FormFields);
            form[name] = StringValues.Concat(form.GetValueOrDefault(name), Unescape(equals < 0 ? default : pair[(equals + 1)..], name));
        }

        if (!form.ContainsKey("data"))
            throw new InvalidRequestException("data", "it is missing");
        return (NewEvent.FromText(Topics(Value("topic")), One(Value("data"), "data") ?? "", One(Value("type"), "type"), Retry(Value("retry"))), One(Value("key"), "key"));

        StringValues Value(string name) => form.GetValueOrDefault(name);
    }

    private static string Unescape(ReadOnlySpan<byte> escaped, string field)
    {
        var bytes = new byte[escaped.Length];
        var length = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] == '%' && i + 2 < escaped.Length && char.IsAsciiHexDigit((char)escaped[i + 1]) && char.IsAsciiHexDigit((char)escaped[i + 2]))
            {
                bytes[length++] = byte.Parse(escaped.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                i += 2;
            }
            else
            {
                bytes[length++] = escaped[i] == '+' ? (byte)' ' : escaped[i];
            }
        }

        try
        {
            return Utf8Strict.GetString(bytes.AsSpan(0, length));
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidRequestException(field, "it is not well-formed UTF-8");
        }
    }

    private static (NewEvent Event, string? Key) ReadText(IQueryCollection query, ReadOnlyMemory<byte> body) =>
        (new NewEvent(Topics(query["topic"]), body.ToArray(), One(query["type"], "type"), Retry(query["retry"])), One(query["key"], "key"));

    private static string[] Topics(StringValues values)
    {
        if (values.Count == 0)
            throw new InvalidRequestException("topic", "it is missing: name at least one, as in topic=news");
        foreach (var topic in values)
        {
            if (Topic.FindFault(topic) is { } fault)
                throw new InvalidRequestException("topic", fault);
        }

        return values.ToArray()!;
    }

    private static string? One(StringValues values, string field) => values.Count switch
    {
        0 => null,
        1 => values[0] is { Length: > 0 } value ? value : null,
        _ => throw new InvalidRequestException(field, "it is there twice"),
    };

    private static TimeSpan? Retry(StringValues values) => One(values, "retry") switch
    {
        null => null,
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) => TimeSpan.FromMilliseconds(milliseconds),
        _ => throw BadRetry(),
    };

    private static InvalidRequestException BadRetry() => new("retry", $"it must be a number of milliseconds, from 0 to {int.MaxValue}");

    private static InvalidRequestException Unknown(string name, string[] fields) => new(name, $"there is no such field; the fields are {string.Join(", ", fields)}");
}
