using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Curlew.Client.ContractService;

/// <summary>One event source, and the messages about it: one at a time, numbered without a gap.</summary>
internal sealed class StreamClient : IAsyncDisposable
{
    private readonly EventSource _source;
    private readonly StreamParameters _parameters;
    private readonly HttpClient _callback;
    private readonly Channel<Message> _messages = Channel.CreateUnbounded<Message>();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;
    private volatile CancellationTokenSource _restart = new();

    public StreamClient(StreamParameters parameters, HttpClient callback)
    {
        ArgumentNullException.ThrowIfNull(parameters.CallbackUrl);
        _parameters = parameters;
        _callback = callback;
        var options = new EventSourceOptions { ReadComments = true, LastEventId = parameters.LastEventId ?? "" };
        if (parameters.InitialDelayMs is { } delay)
            options.ReconnectionTime = TimeSpan.FromMilliseconds(delay);
        if (parameters.ReadTimeoutMs is > 0 and var timeout)
            options.IdleTimeout = TimeSpan.FromMilliseconds(timeout);
        if (parameters.Method is { } method)
            options.Method = new HttpMethod(method);
        if (parameters.Body is { } body)
            options.Content = _ => new(new ByteArrayContent(Encoding.UTF8.GetBytes(body)));
        foreach (var (name, value) in parameters.Headers ?? [])
            options.Headers[name] = value;
        _source = new EventSource(parameters.StreamUrl, options);
        _source.StateChanged += (_, change) =>
        {
            if (change.Failure is { } failure)
                _messages.Writer.TryWrite(new("error", Error: failure.Error?.Message ?? "The stream has ended."));
        };
        _running = Task.WhenAll(ReadAsync(), SendAsync());
    }

    /// <summary>Drops the connection and makes another one at once, with the last id.</summary>
    public void Restart() => Interlocked.Exchange(ref _restart, new()).Cancel();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _source.DisposeAsync();
        await _running;
        _ending.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            for (var goesOn = true; goesOn;)
                goesOn = await ReadUntilRestartAsync(_restart.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Told as a failure.
        }

        _messages.Writer.TryComplete();
    }

    private async Task<bool> ReadUntilRestartAsync(CancellationToken restart)
    {
        try
        {
            await foreach (var message in _source.ReadMessagesAsync(restart))
            {
                if (message.Kind == EventSourceMessageKind.Comment)
                    _messages.Writer.TryWrite(new("comment", Comment: message.Comment));
                else if ((message.Gap?.Item ?? message.Item) is { Data: not null } item)
                    _messages.Writer.TryWrite(new("event", new(item.EventType, item.Data, item.EventId ?? "")));
            }

            return false;
        }
        catch (OperationCanceledException) when (restart.IsCancellationRequested)
        {
            return true;
        }
    }

    private async Task SendAsync()
    {
        var number = 0;
        try
        {
            await foreach (var message in _messages.Reader.ReadAllAsync(_ending.Token))
            {
                using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(message, JsonSerializerOptions.Web));
                content.Headers.ContentType = new(MediaTypeNames.Application.Json);
                using var answer = await _callback.PostAsync(new Uri($"{_parameters.CallbackUrl.AbsoluteUri.TrimEnd('/')}/{++number}"), content, _ending.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException)
        {
            // The harness has gone, or does not want to know.
        }
    }
}
