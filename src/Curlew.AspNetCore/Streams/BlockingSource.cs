namespace Curlew;

/// <summary>
/// Enumerates a source that may block on a thread of its own, from beginning to dispose, so that it holds up neither its stream's keep-alives nor the
/// thread pool.
/// </summary>
internal static class BlockingSource
{
    public static Task RunAsync<TItem>(IEnumerable<TItem> source, EventEncoder<TItem> encoder, EventStreamWriter writer, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(Enumerate) { IsBackground = true, Name = "Curlew event source" }.Start();
        return ended.Task;

        void Enumerate()
        {
            try
            {
                foreach (var item in source)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    writer.Send(encoder, item);
                }

                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        }
    }
}
