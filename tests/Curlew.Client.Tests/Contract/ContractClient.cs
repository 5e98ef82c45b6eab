using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Curlew.Client.Tests;

/// <summary>A client of the service: the requests that it makes, and what it tells, strictly one after another.</summary>
internal sealed class ContractClient(HttpClient service, Func<HttpContext, Task>? answer)
{
    private readonly Channel<ContractConnection> _connections = Channel.CreateUnbounded<ContractConnection>();
    private readonly Channel<JsonElement> _messages = Channel.CreateUnbounded<JsonElement>();
    private int _requests;
    private int _heard;
    private volatile string? _fault;

    /// <summary>Where the service has it.</summary>
    public Uri Location { get; set; } = null!;

    /// <summary>Whether it has told something that no one has looked at.</summary>
    public bool HasMore => _messages.Reader.TryPeek(out _);

    public int Requests => Volatile.Read(ref _requests);

    public async Task AnswerAsync(HttpContext http)
    {
        Interlocked.Increment(ref _requests);
        if (answer is not null)
        {
            await answer(http);
            return;
        }

        await using var connection = await ContractConnection.BeginAsync(http);
        _connections.Writer.TryWrite(connection);
        await connection.Ended;
    }

    /// <summary>Takes a message: the service counts them without a gap, and sends the next when it has the answer to the one before.</summary>
    public bool Hear(int number, JsonElement message)
    {
        if (number != Interlocked.Increment(ref _heard))
            _fault = $"message {number} came as the {_heard}th";
        return _messages.Writer.TryWrite(message);
    }

    public ValueTask<ContractConnection> ConnectionAsync() => _connections.Reader.ReadAsync(Deadline.Token);

    /// <summary>The next message is this event, and has nothing else in it.</summary>
    public async Task ExpectEventAsync(string data, string id = "", string type = "message")
    {
        var told = (await MessageAsync("event")).GetProperty("event");
        (told.GetProperty("type").GetString(), told.GetProperty("id").GetString()).ShouldBe((type, id));
        // Not by Shouldly: some are of megabytes.
        if (told.GetProperty("data").GetString() is var text && text != data)
            Assert.Fail($"{text!.Length} characters of data instead of {data.Length}: {text[..Math.Min(text.Length, 80)]}");
    }

    public async Task ExpectCommentAsync(string text) => (await MessageAsync("comment")).GetProperty("comment").GetString().ShouldBe(text);

    public async Task ExpectErrorAsync() => (await MessageAsync("error")).GetProperty("error").GetString().ShouldNotBeNullOrEmpty();

    /// <summary>There is nothing more of what the connection was sent.</summary>
    public async Task ExpectNoMoreAsync(ContractConnection connection)
    {
        await connection.SendAsync(":that is all\n");
        await ExpectCommentAsync("that is all");
    }

    public async Task RestartAsync()
    {
        using var reply = await service.PostAsJsonAsync(Location, new { command = "restart" }, Deadline.Token);
        reply.IsSuccessStatusCode.ShouldBeTrue();
    }

    /// <summary>Has the service end the client. It answers when it has.</summary>
    public async Task CloseAsync()
    {
        using var reply = await service.DeleteAsync(Location, Deadline.Token);
        reply.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.NoContent);
        _fault.ShouldBeNull();
    }

    private async Task<JsonElement> MessageAsync(string kind)
    {
        var message = await _messages.Reader.ReadAsync(Deadline.Token);
        _fault.ShouldBeNull();
        message.GetProperty("kind").GetString().ShouldBe(kind, message.GetRawText());
        return message;
    }
}
