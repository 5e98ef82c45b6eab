using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Curlew.AspNetCore.Tests.Streams;

/// <summary>A response that keeps what each flush sent, or only counts it.</summary>
internal sealed class RecordedResponse : PipeWriter, IHttpResponseBodyFeature
{
    private readonly byte[] _buffer = new byte[128 * 1024];
    private readonly bool _keeps;
    private int _length;

    private RecordedResponse(IServiceProvider services, bool keeps)
    {
        _keeps = keeps;
        Context = new DefaultHttpContext { RequestServices = services };
        Context.Features.Set<IHttpResponseBodyFeature>(this);
    }

    public DefaultHttpContext Context { get; }

    public List<string> Writes { get; } = [];

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _length;

    /// <summary>Takes what is not written to the pipe, and keeps nothing of it.</summary>
    public Stream Stream => Stream.Null;

    public PipeWriter Writer => this;

    public static async Task<RecordedResponse> RunAsync(StreamApp app, IResult result, bool keeps = true)
    {
        var response = new RecordedResponse(app.Provider, keeps);
        await result.ExecuteAsync(response.Context);
        return response;
    }

    public override void Advance(int bytes) => _length += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer.AsMemory(_length);

    public override Span<byte> GetSpan(int sizeHint = 0) => _buffer.AsSpan(_length);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_keeps)
            Writes.Add(Encoding.UTF8.GetString(_buffer, 0, _length));
        _length = 0;
        return default;
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    public void DisableBuffering()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task CompleteAsync() => Task.CompletedTask;
}
