using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew.Client;

/// <summary>
/// Reads a source for as long as the host runs: handles an event, keeps its id, takes the next one. What a stop or a failure leaves between the two is
/// handled again.
/// </summary>
internal sealed partial class EventSourceWorker<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, T>(
    WorkerSource<T> source,
    IServiceProvider services,
    IServiceScopeFactory scopes,
    IOptionsFactory<EventSourceOptions> options,
    ILogger<EventSourceWorker<THandler, T>> logger) : BackgroundService
    where THandler : class, IEventHandler<T>
{
    /// <summary>How often the position is kept at most while only keep-alives move it.</summary>
    private static readonly TimeSpan IdleSaveInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetryDelay = TimeSpan.FromSeconds(30);

    private readonly ILastEventIdStore _store = services.GetKeyedService<ILastEventIdStore>(source.Name) ?? services.GetRequiredService<ILastEventIdStore>();
    private TimeProvider _time = TimeProvider.System;
    private string _saved = "";
    private string _position = "";
    private long _savedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The factory's own instance: the one that is cached is the keyed service's.
        var settings = options.Create(source.Name);
        _time = settings.TimeProvider;
        if (await _store.LoadAsync(source.Name, stoppingToken).ConfigureAwait(false) is { Length: > 0 } kept)
            settings.LastEventId = kept;
        _saved = _position = settings.LastEventId;
        _savedAt = _time.GetTimestamp();

        var reader = new EventSource(source.Url, settings);
        await using var closing = reader.ConfigureAwait(false);
        reader.StateChanged += (_, change) => Report(change);
        try
        {
            await foreach (var message in reader.ReadMessagesAsync(source.Parser, stoppingToken).ConfigureAwait(false))
                await TakeAsync(message, stoppingToken).ConfigureAwait(false);
            LogEnded(source.Name);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            await SaveAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task TakeAsync(EventSourceMessage<T> message, CancellationToken stop)
    {
        switch (message.Kind)
        {
            case EventSourceMessageKind.Event:
                await HandleAsync(message.LastEventId, handler => handler.HandleAsync(message.Item, stop), stop).ConfigureAwait(false);
                break;
            case EventSourceMessageKind.Gap:
                LogGap(source.Name, message.Gap!);
                await HandleAsync(message.LastEventId, handler => handler.HandleGapAsync(message.Gap!, stop), stop).ConfigureAwait(false);
                break;
            case EventSourceMessageKind.Id:
                _position = message.LastEventId;
                if (_time.GetElapsedTime(_savedAt) < IdleSaveInterval)
                    return;
                break;
            default:
                return;
        }

        _position = message.LastEventId;
        await SaveAsync(stop).ConfigureAwait(false);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the handler throws: the event is not handled yet.")]
    private async Task HandleAsync(string id, Func<THandler, ValueTask> handle, CancellationToken stop)
    {
        for (var delay = FirstRetryDelay; ; delay = delay * 2 < LastRetryDelay ? delay * 2 : LastRetryDelay)
        {
            try
            {
                var scope = scopes.CreateAsyncScope();
                await using var closing = scope.ConfigureAwait(false);
                await handle(scope.ServiceProvider.GetRequiredService<THandler>()).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                LogHandlerFailed(e, source.Name, id, delay);
            }

            await Task.Delay(delay, _time, stop).ConfigureAwait(false);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A store may fail in its own ways; nothing is lost by it.")]
    private async Task SaveAsync(CancellationToken stop)
    {
        if (_position == _saved)
            return;
        try
        {
            await _store.SaveAsync(source.Name, _position, stop).ConfigureAwait(false);
            _saved = _position;
            _savedAt = _time.GetTimestamp();
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            LogSaveFailed(e, source.Name, _position);
        }
    }

    private void Report(EventSourceStateEventArgs change)
    {
        if (change.State == EventSourceState.Open)
            LogOpen(source.Name, source.Url.GetLeftPart(UriPartial.Path));
        else if (change is { Failure: { } failure, Delay: { } delay })
            LogReconnecting(failure.Attempt > 1 ? LogLevel.Warning : LogLevel.Debug, failure.Error, source.Name, delay, failure.Attempt);
    }

    [LoggerMessage(1, LogLevel.Debug, "The event source {Source} is connected to {Url}.")]
    private partial void LogOpen(string source, string url);

    [LoggerMessage(EventId = 2, Message = "The event source {Source} has lost its connection or got none; it connects again in {Delay} (failures in a row: {Attempt}).")]
    private partial void LogReconnecting(LogLevel level, Exception? error, string source, TimeSpan delay, int attempt);

    [LoggerMessage(3, LogLevel.Information, "The server has ended the stream of the event source {Source} for good.")]
    private partial void LogEnded(string source);

    [LoggerMessage(4, LogLevel.Warning, "The server cannot give the event source {Source} every event: {Gap}.")]
    private partial void LogGap(string source, EventStreamGap gap);

    [LoggerMessage(5, LogLevel.Error, "Handling event {Id} of the event source {Source} failed; once more in {Delay}.")]
    private partial void LogHandlerFailed(Exception error, string source, string id, TimeSpan delay);

    [LoggerMessage(6, LogLevel.Error, "The last event id of the event source {Source}, {Id}, could not be kept.")]
    private partial void LogSaveFailed(Exception error, string source, string id);
}
