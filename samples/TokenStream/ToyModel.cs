using System.Runtime.CompilerServices;

/// <summary>
/// No model: it strings words together by which word followed which in a few sentences. The same prompt and seed give the same answer, and a prompt that holds
/// the word <c>overload</c> fails after three tokens.
/// </summary>
sealed partial class ToyModel(IConfiguration configuration, TimeProvider time, ILogger<ToyModel> logger) : ILanguageModel
{
    const string Text =
        """
        The curlew calls over the marsh. The marsh is quiet before the tide. The tide brings the birds to the shore. A bird on the shore looks for worms in
        the mud. The mud is soft and the bill of the curlew is long. The long bill finds what the eye of the bird cannot see. When the tide turns, the birds
        call and the marsh is full of voices.
        """;

    // A "." ends a sentence, and is what each answer begins after.
    static readonly ILookup<string, string> Followers = Follow(Text.Replace(".", " .", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    readonly TimeSpan _tokenTime = configuration.GetValue("Model:TokenTime", TimeSpan.FromMilliseconds(40));

    public async IAsyncEnumerable<string> GenerateAsync(Prompt prompt, [EnumeratorCancellation] CancellationToken cancel)
    {
        // Not string.GetHashCode, which differs from process to process.
        var random = new Random(prompt.Text.Aggregate(prompt.Seed, static (hash, letter) => unchecked((hash * 31) + letter)));
        var sentences = random.Next(3, 6);
        var word = ".";
        var tokens = 0;
        try
        {
            while (tokens < prompt.MaxTokens && sentences > 0)
            {
                await Task.Delay(_tokenTime, time, cancel);
                if (tokens == 3 && prompt.Text.Contains("overload", StringComparison.OrdinalIgnoreCase))
                    throw new ModelOverloadedException();
                var followers = Followers[word].ToArray();
                word = followers[random.Next(followers.Length)];
                if (word == ".")
                    sentences--;
                yield return tokens++ == 0 || word == "." ? word : $" {word}";
            }
        }
        finally
        {
            LogEnded(tokens, cancel.IsCancellationRequested ? "cancelled" : "over");
        }
    }

    static ILookup<string, string> Follow(string[] words) =>
        words.Prepend(".").Zip(words).ToLookup(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);

    [LoggerMessage(Level = LogLevel.Information, Message = "Generation ended after {Tokens} tokens: {How}")]
    partial void LogEnded(int tokens, string how);
}
