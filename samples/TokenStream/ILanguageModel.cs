/// <summary>What a model server, or a client of one, is behind.</summary>
interface ILanguageModel
{
    /// <summary>Answers a prompt, token by token.</summary>
    /// <exception cref="ModelOverloadedException">Also in the midst of the answer.</exception>
    IAsyncEnumerable<string> GenerateAsync(Prompt prompt, CancellationToken cancel);
}

record Prompt(string Text, int MaxTokens, int Seed = 0);

sealed class ModelOverloadedException() : Exception("The model is overloaded.");
