using System.Buffers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Curlew.Client;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Tail;

/// <summary>Writes events to standard output, several in one write where they come together.</summary>
/// <remarks>Flushed by the task that prints and by the one that tells of the connection.</remarks>
internal sealed class EventPrinter(Stream output, EventFormat format, TimeProvider time)
{
    private const int MaxBufferedBytes = 64 * 1024;
    private const int BrokenPipe = 32;

    // JSON for programs and people: not every letter outside ASCII as an escape. Control characters still are.
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Whether gaps stand among the events.</summary>
    public bool PrintsGaps => format == EventFormat.Json;

    public void Print(SseItem<string> item)
    {
        lock (_gate)
        {
            switch (format)
            {
                case EventFormat.Json:
                    WriteJson(json =>
                    {
                        json.WriteString("id", item.EventId);
                        json.WriteString("type", item.EventType);
                        json.WriteString("data", item.Data);
                    });
                    break;
                case EventFormat.Data:
                    Write(item.Data);
                    break;
                default:
                    Write($"{Word(item.EventId)} {Word(item.EventType)} {PrintableText.Of(item.Data).Replace("\n", "\n    ", StringComparison.Ordinal)}");
                    break;
            }

            Write("\n");
            if (_buffer.WrittenCount > MaxBufferedBytes)
                Flush();
        }
    }

    /// <summary>Writes a gap where gaps stand among the events.</summary>
    public void Print(EventStreamGap gap)
    {
        if (!PrintsGaps)
            return;
        lock (_gate)
        {
            WriteJson(json =>
            {
                json.WriteString("id", gap.Item.EventId);
                json.WriteString("gap", gap.Reason);
                json.WriteString("lastEventId", gap.AskedId);
                json.WriteString("oldest", gap.OldestId);
                if (gap.Missed is { } missed)
                    json.WriteNumber("missed", missed);
            });
            Write("\n");
        }
    }

    /// <summary>Hands on what was printed.</summary>
    /// <exception cref="ClosedOutputException">Nobody reads it.</exception>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    public void Flush()
    {
        lock (_gate)
        {
            if (_buffer.WrittenCount == 0)
                return;
            try
            {
                output.Write(_buffer.WrittenSpan);
                output.Flush();
            }
            catch (IOException failure)
            {
                throw (failure.HResult & 0xFFFF) is BrokenPipe or 0x6D or 0xE8
                    ? new ClosedOutputException(failure)
                    : new CommandFailedException($"cannot write: {failure.Message}", failure);
            }
            finally
            {
                _buffer.ResetWrittenCount();
            }
        }
    }

    /// <summary>An id or a type as one word of a line.</summary>
    private static string Word(string? text) => string.IsNullOrEmpty(text) ? "-" : PrintableText.Of(text).Replace(' ', '_');

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _buffer);

    private void WriteJson(Action<Utf8JsonWriter> write)
    {
        using var json = new Utf8JsonWriter(_buffer, JsonOptions);
        json.WriteStartObject();
        json.WriteString("time", time.GetUtcNow().UtcDateTime);
        write(json);
        json.WriteEndObject();
    }
}
