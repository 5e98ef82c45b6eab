using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Curlew.AspNetCore.Tests.Streams;

public sealed class EventStreamTests
{
    [Fact]
    public void Format_AnEvent_IsItsBlock() =>
        EventStream.Format(new SseItem<string>("a\r\nb", "greeting") { EventId = "7", ReconnectionInterval = TimeSpan.FromSeconds(2) })
            .ShouldBe("id: 7\nevent: greeting\nretry: 2000\ndata: a\ndata: b\n\n");

    [Fact]
    public void Format_AnEventWithJson_IsItsBlock() =>
        EventStream.Format(new SseItem<int[]>([1, 2]), (JsonTypeInfo<int[]>)JsonSerializerOptions.Default.GetTypeInfo(typeof(int[]))).ShouldBe("data: [1,2]\n\n");

    [Fact]
    public void FormatComment_Text_IsACommentBlock() => EventStream.FormatComment("a\nb").ShouldBe(": a\n: b\n\n");

    [Fact]
    public void ToBytes_AnEventOrComment_IsTheSameAsUtf8()
    {
        var item = new SseItem<string>("é", "x");
        Encoding.UTF8.GetString(EventStream.ToBytes(item)).ShouldBe(EventStream.Format(item));
        var json = (JsonTypeInfo<string>)JsonSerializerOptions.Default.GetTypeInfo(typeof(string));
        Encoding.UTF8.GetString(EventStream.ToBytes(new SseItem<string>("a"), json)).ShouldBe("data: \"a\"\n\n");
        Encoding.UTF8.GetString(EventStream.CommentToBytes("é")).ShouldBe(": é\n\n");
    }

    [Fact]
    public void Format_WhatCannotBeSent_Throws()
    {
        Should.Throw<ArgumentException>(static () => EventStream.Format(new SseItem<string>("\uD800")));
        Should.Throw<ArgumentException>(static () => EventStream.Format(new SseItem<string>("x") { EventId = "\0" }));
    }

    [Fact]
    public Task A_body_written_by_hand_has_the_head_of_a_stream() => new StreamApp
    {
        Map = static app => app.MapGet("/", static async (HttpResponse response) =>
        {
            EventStream.SetHeaders(response);
            await response.WriteAsync(EventStream.FormatComment("hello") + EventStream.Format(new SseItem<string>("x", "y")));
        }),
    }.RunAsync(static async app =>
    {
        using var stream = await app.SendAsync("/");
        stream.Headers["Content-Type"].ShouldBe("text/event-stream");
        stream.Headers["Cache-Control"].ShouldBe("no-store, no-transform");
        stream.Headers["X-Accel-Buffering"].ShouldBe("no");
        (await stream.BlockAsync()).Comment.ShouldBe("hello");
        (await stream.BlockAsync()).Type.ShouldBe("y");
    });
}
