namespace Curlew.Hub.Tests.Publishing;

/// <summary>A stream that gives what it was given and then, instead of ending, does as it is told.</summary>
internal sealed class ScriptedInput(byte[] bytes) : MemoryStream(bytes)
{
    public Func<Task> AtEnd { get; init; } = () => Task.CompletedTask;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = Read(buffer.Span);
        if (count == 0)
            await AtEnd();
        return count;
    }
}
