/// <summary>
/// <c>POST /v1/messages</c>: with <c>"stream": true</c> events with types, from <c>message_start</c> to <c>message_stop</c>, or an <c>error</c>. The
/// data of each says its type again.
/// </summary>
static class TypedMessages
{
    public static IResult HandleAsync(MessagesRequest request, ILanguageModel model)
    {
        if (!request.Stream)
            return Results.BadRequest(MessageFailure("invalid_request_error", "This sample only streams: set \"stream\" to true."));
        if (request.Messages is not [.., { Role: "user" } last] || request.MaxTokens < 1)
            return Results.BadRequest(MessageFailure("invalid_request_error", "The last message must be the user's, and max_tokens at least 1."));
        var prompt = new Prompt(last.Content, Math.Min(request.MaxTokens, 4096));
        return Results.EventStream(async (stream, cancel) =>
        {
            try
            {
                var count = 0;
                await SendAsync("message_start", new
                {
                    Type = "message_start",
                    Message = new { Id = $"msg_{Guid.NewGuid():N}", Type = "message", Role = "assistant", request.Model, Content = Array.Empty<object>(), StopReason = (string?)null },
                });
                await SendAsync("content_block_start", new { Type = "content_block_start", Index = 0, ContentBlock = new { Type = "text", Text = "" } });
                await SendAsync("ping", new { Type = "ping" });
                await foreach (var token in model.GenerateAsync(prompt, cancel))
                {
                    count++;
                    await SendAsync("content_block_delta", new { Type = "content_block_delta", Index = 0, Delta = new { Type = "text_delta", Text = token } });
                }

                await SendAsync("content_block_stop", new { Type = "content_block_stop", Index = 0 });
                await SendAsync("message_delta", new
                {
                    Type = "message_delta",
                    Delta = new { StopReason = count == prompt.MaxTokens ? "max_tokens" : "end_turn" },
                    Usage = new { OutputTokens = count },
                });
                await SendAsync("message_stop", new { Type = "message_stop" });
            }
            catch (ModelOverloadedException e)
            {
                // The status was sent long ago.
                await SendAsync("error", MessageFailure("overloaded_error", e.Message));
            }

            ValueTask SendAsync<T>(string type, T data) => stream.SendAsync(data, type: type);
        }, ChatCompletions.Options);
    }

    static object MessageFailure(string type, string message) => new { Type = "error", Error = new { Type = type, Message = message } };
}

record MessagesRequest(string Model, IReadOnlyList<ChatMessage> Messages, int MaxTokens, bool Stream = false);
