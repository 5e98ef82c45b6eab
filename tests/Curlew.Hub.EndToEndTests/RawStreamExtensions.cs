namespace Curlew.Hub.EndToEndTests;

/// <summary>Reads answers that are no stream.</summary>
internal static class RawStreamExtensions
{
    extension(RawStream stream)
    {
        /// <summary>The whole answer, as one that is no stream is read.</summary>
        public async Task<Answer> AnswerAsync() =>
            new(stream.Status, stream.Headers.GetValueOrDefault("Content-Type", ""), await stream.ReadToEndAsync(Deadline.Token));
    }
}
