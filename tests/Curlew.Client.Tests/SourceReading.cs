namespace Curlew.Client.Tests;

internal static class SourceReading
{
    extension(EventSource source)
    {
        /// <summary>The data of all events, up to the end of the sequence.</summary>
        public async Task<List<string>> DataAsync(int count = int.MaxValue)
        {
            List<string> data = [];
            await foreach (var item in source.ReadAllAsync(Deadline.Token))
            {
                data.Add(item.Data);
                if (data.Count == count)
                    break;
            }

            return data;
        }
    }

    /// <summary>Retries whatever is retried without a wait.</summary>
    public static TimeSpan? AtOnce(ConnectionFailure failure) => failure.DefaultDelay is null ? null : TimeSpan.Zero;

    /// <summary>Ends with the first connection.</summary>
    public static TimeSpan? Never(ConnectionFailure failure) => null;
}
