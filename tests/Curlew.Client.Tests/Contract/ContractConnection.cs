using System.Text;
using Microsoft.AspNetCore.Http;

namespace Curlew.Client.Tests;

/// <summary>A request for a stream, whose answer a test writes.</summary>
internal sealed class ContractConnection : IAsyncDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpResponse _response;
    private readonly CancellationTokenRegistration _aborted;

    private ContractConnection(HttpContext http, string body)
    {
        _response = http.Response;
        (Method, Body) = (http.Request.Method, body);
        Headers = http.Request.Headers.ToDictionary(static pair => pair.Key, static pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        _aborted = http.RequestAborted.UnsafeRegister(static ended => ((TaskCompletionSource)ended!).TrySetResult(), _ended);
    }

    public string Method { get; }

    public string Body { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    public string? LastEventId => Headers.GetValueOrDefault("Last-Event-ID");

    public Task Ended => _ended.Task;

    /// <summary>Answers a request with the head of a stream.</summary>
    public static async Task<ContractConnection> BeginAsync(HttpContext http)
    {
        using var body = new StreamReader(http.Request.Body);
        var connection = new ContractConnection(http, await body.ReadToEndAsync(http.RequestAborted));
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        await http.Response.Body.FlushAsync(http.RequestAborted);
        return connection;
    }

    /// <summary>Sends text in a chunk of its own.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _response.Body.WriteAsync(bytes, Deadline.Token);
        await _response.Body.FlushAsync(Deadline.Token);
    }

    /// <summary>Ends the answer as a server does that is done.</summary>
    public void End() => _ended.TrySetResult();

    public ValueTask DisposeAsync() => _aborted.DisposeAsync();
}
