using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Curlew.Micro;

/// <summary>A response's body as a pipe, and a reader that takes what is flushed at once, on the thread that flushes.</summary>
internal sealed class DrainedResponse : IHttpResponseBodyFeature
{
    private readonly Pipe _pipe = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
    private readonly Task<long> _draining;

    public DrainedResponse()
    {
        Stream = _pipe.Writer.AsStream();
        _draining = DrainAsync();
    }

    public Stream Stream { get; }

    public PipeWriter Writer => _pipe.Writer;

    /// <summary>Ends the body.</summary>
    /// <returns>The bytes that were written.</returns>
    public async Task<long> EndAsync()
    {
        await _pipe.Writer.CompleteAsync();
        return await _draining;
    }

    public void DisableBuffering()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task CompleteAsync() => Task.CompletedTask;

    private async Task<long> DrainAsync()
    {
        for (var bytes = 0L; ;)
        {
            var read = await _pipe.Reader.ReadAsync();
            bytes += read.Buffer.Length;
            _pipe.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return bytes;
        }
    }
}
