using System.IO.Pipelines;
using System.Text;
using Curlew.Hub.Publishing;
using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Hub.Tests.Publishing;

public sealed class LineSplitterTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a", "a")]
    [InlineData("a\n", "a")]
    [InlineData("a\r\nb", "a", "b")]
    [InlineData("\n\n", "", "")]
    [InlineData("\r\n", "")]
    [InlineData("a\rb\n", "a\rb")]
    [InlineData("a\r\r\n", "a\r")]
    [InlineData("a\n\r", "a", "\r")]
    public async Task Only_LF_and_CRLF_end_a_line(string input, params string[] lines) =>
        (await SplitAsync([Encoding.UTF8.GetBytes(input)])).Select(Encoding.UTF8.GetString).ShouldBe(lines);

    [Fact]
    public void Any_chunking_gives_the_same_lines()
    {
        var bytes = Gen.Elements<byte>((byte)'a', (byte)'\r', (byte)'\n', 0, 0xC3, 0xA9, 0xFF);
        var chunks = bytes.ArrayOf().ListOf().ToArbitrary();

        Prop.ForAll(chunks, async input =>
        {
            byte[] whole = [.. input.SelectMany(chunk => chunk)];
            var lines = await SplitAsync(input);
            lines.Select(Convert.ToHexString).ShouldBe(Expected(whole).Select(Convert.ToHexString));
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>The definition, said without regard to chunks: cut at each LF, and take one CR off the end of what an LF ended.</summary>
    private static IEnumerable<byte[]> Expected(byte[] input)
    {
        var start = 0;
        for (var i = 0; i < input.Length; i++)
        {
            if (input[i] != '\n')
                continue;
            var end = i > start && input[i - 1] == '\r' ? i - 1 : i;
            yield return input[start..end];
            start = i + 1;
        }

        if (start < input.Length)
            yield return input[start..];
    }

    private static async Task<List<byte[]>> SplitAsync(IEnumerable<byte[]> chunks)
    {
        // Tiny segments, so that lines span many of them.
        var pipe = new Pipe(new PipeOptions(minimumSegmentSize: 1, pauseWriterThreshold: 0, useSynchronizationContext: false));
        List<byte[]> lines = [];
        foreach (var chunk in chunks)
        {
            await pipe.Writer.WriteAsync(chunk, TestContext.Current.CancellationToken);
            if (pipe.Reader.TryRead(out var some))
                Take(some);
        }

        await pipe.Writer.CompleteAsync();
        Take(await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken));
        return lines;

        void Take(ReadResult result)
        {
            var buffer = result.Buffer;
            while (LineSplitter.TryRead(ref buffer, result.IsCompleted, out var line))
                lines.Add(System.Buffers.BuffersExtensions.ToArray(line));
            pipe.Reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
