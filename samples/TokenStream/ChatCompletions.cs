using System.Text;
using System.Text.Json.Serialization;

/// <summary>
/// <c>POST /v1/chat/completions</c>: with <c>"stream": true</c> events without a type, each a JSON chunk, and at the end the text <c>[DONE]</c>.
/// </summary>
static class ChatCompletions
{
    // Such a stream is read once, by clients that take a block without data for an event: it has no retry.
    public static EventStreamOptions Options { get; } = new() { ReconnectDelay = Timeout.InfiniteTimeSpan };

    public static async Task<IResult> HandleAsync(ChatRequest request, ILanguageModel model, TimeProvider time, CancellationToken cancel)
    {
        if (request.Messages is not [.., { Role: "user" } last])
            return Results.BadRequest(new ChatFailure(new("The last message must be the user's.", "invalid_request_error")));
        var prompt = new Prompt(last.Content, Math.Clamp(request.MaxTokens ?? 256, 1, 4096), request.Seed ?? 0);
        var id = $"chatcmpl-{Guid.NewGuid():N}";
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        return request.Stream ? Stream() : await CompleteAsync();

        IResult Stream() => Results.EventStream(async (stream, cancel) =>
        {
            try
            {
                var count = 0;
                await stream.SendAsync(Chunk(new() { Role = "assistant", Content = "" }));
                await foreach (var token in model.GenerateAsync(prompt, cancel))
                {
                    count++;
                    await stream.SendAsync(Chunk(new() { Content = token }));
                }

                await stream.SendAsync(Chunk(new(), FinishReason(count)));
                await stream.SendAsync("[DONE]");
            }
            catch (ModelOverloadedException e)
            {
                // The status was sent long ago.
                await stream.SendAsync(new ChatFailure(new(e.Message, "overloaded_error")));
            }
        }, Options);

        async Task<IResult> CompleteAsync()
        {
            try
            {
                var count = 0;
                var text = new StringBuilder();
                await foreach (var token in model.GenerateAsync(prompt, cancel))
                {
                    count++;
                    text.Append(token);
                }

                return Results.Ok(new Completion(id, "chat.completion", created, request.Model, [new(0, new("assistant", text.ToString()), FinishReason(count))]));
            }
            catch (ModelOverloadedException e)
            {
                return Results.Json(new ChatFailure(new(e.Message, "overloaded_error")), statusCode: StatusCodes.Status503ServiceUnavailable);
            }
        }

        Chunk Chunk(Delta delta, string? finishReason = null) => new(id, "chat.completion.chunk", created, request.Model, [new(0, delta, finishReason)]);

        string FinishReason(int count) => count == prompt.MaxTokens ? "length" : "stop";
    }
}

record ChatRequest(string Model, IReadOnlyList<ChatMessage> Messages, bool Stream = false, int? MaxTokens = null, int? Seed = null);

record ChatMessage(string Role, string Content);

record Chunk(string Id, string Object, long Created, string Model, IReadOnlyList<ChunkChoice> Choices);

record ChunkChoice(int Index, Delta Delta, string? FinishReason);

record Delta
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }
}

record Completion(string Id, string Object, long Created, string Model, IReadOnlyList<CompletionChoice> Choices);

record CompletionChoice(int Index, ChatMessage Message, string FinishReason);

record ChatFailure(Failure Error);

record Failure(string Message, string Type);
