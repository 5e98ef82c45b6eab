using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Curlew.Client.ContractService;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Curlew.Client.Tests;

/// <summary>
/// The other side of the contract: it asks the service for clients, gives them a stream each to read, and hears what they tell. As the harness of the
/// contract tests does, it speaks HTTP/1.1 with chunks and kept connections.
/// </summary>
public sealed class ContractHarness : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, ContractClient> _clients = new(StringComparer.Ordinal);
    private readonly WebApplication _service = Service.Create("http://127.0.0.1:0");
    private readonly WebApplication _app;
    private HttpClient? _http;
    private int _last;

    public ContractHarness()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        _app = builder.Build();
        _app.Map("/streams/{id}", (HttpContext http, string id) => _clients[id].AnswerAsync(http));
        _app.MapPost("/callbacks/{id}/{number:int}", async (HttpContext http, string id, int number) =>
        {
            // A client that is to be gone has nothing more to tell.
            var message = await JsonSerializer.DeserializeAsync<JsonElement>(http.Request.Body, cancellationToken: http.RequestAborted);
            http.Response.StatusCode = _clients.TryGetValue(id, out var client) && client.Hear(number, message) ? 202 : 404;
        });
    }

    public async ValueTask InitializeAsync()
    {
        await _service.StartAsync();
        await _app.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_service.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        await _service.DisposeAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Has the service make a client.</summary>
    /// <param name="parameters">What the client is asked for beside its URLs.</param>
    /// <param name="answer">What its requests are answered with, instead of a stream.</param>
    internal async Task<ContractClient> OpenAsync(IReadOnlyDictionary<string, object?>? parameters = null, Func<HttpContext, Task>? answer = null)
    {
        var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        var client = _clients[id] = new(_http!, answer);
        // What is not asked for is there all the same, as null.
        var all = new Dictionary<string, object?>(parameters ?? ReadOnlyDictionary<string, object?>.Empty, StringComparer.Ordinal)
        {
            ["tag"] = id,
            ["streamUrl"] = UrlOf(id),
            ["callbackUrl"] = $"{_app.Urls.Single()}/callbacks/{id}",
        };
        all.TryAdd("initialDelayMs", null);
        all.TryAdd("readTimeoutMs", null);
        using var created = await _http!.PostAsJsonAsync("/", all, Deadline.Token);
        created.IsSuccessStatusCode.ShouldBeTrue();
        client.Location = created.Headers.Location.ShouldNotBeNull();
        return client;
    }

    /// <summary>Adds a stream that no client is asked to read, for one to be sent to.</summary>
    internal (string Url, ContractClient Stream) AddStream()
    {
        var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        return (UrlOf(id), _clients[id] = new(_http!, null));
    }

    private string UrlOf(string id) => $"{_app.Urls.Single()}/streams/{id}";
}
