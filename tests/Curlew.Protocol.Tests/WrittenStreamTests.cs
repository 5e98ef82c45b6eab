using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Protocol.Tests;

/// <summary>Bytes that are written to the parser read as those of chunks that are given to it, which the other tests hold to the standard.</summary>
public sealed class WrittenStreamTests
{
    [Fact]
    public void AnyBytesInAnyChunks_WrittenAndRead_AreWhatTheStandardSays() =>
        Prop.ForAll(Streams.Chunks.ToArbitrary(), Gen.Choose(0, 3).ToArbitrary(), (chunks, unread) =>
        {
            var expected = new ReferenceParser().Read([.. chunks.SelectMany(chunk => chunk)]);
            var parser = new EventStreamParser(new() { ReadComments = true });
            var records = new List<StreamRecord>();
            for (var i = 0; i < chunks.Length; i++)
            {
                parser.Write(chunks[i]);
                // Writing does not wait for reading.
                if (unread == 0 || i % (unread + 1) == 0)
                    records.AddRange(ReadAll(parser));
            }

            records.AddRange(ReadAll(parser));

            records.ShouldBe(expected.Records);
            parser.LastEventId.ShouldBe(expected.LastEventId);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));

    [Fact]
    public void AnyChunks_WrittenOrGivenByTurns_ReadAsTheStandardSays() =>
        Prop.ForAll(Streams.Chunks.ToArbitrary(), Gen.Choose(0, 7).ToArbitrary(), (chunks, turns) =>
        {
            var expected = new ReferenceParser().Read([.. chunks.SelectMany(chunk => chunk)]);
            var parser = new EventStreamParser(new() { ReadComments = true });
            var records = new List<StreamRecord>();
            for (var i = 0; i < chunks.Length; i++)
            {
                if ((turns >> (i % 3) & 1) == 0)
                {
                    parser.Write(chunks[i]);
                    records.AddRange(ReadAll(parser));
                }
                else
                {
                    records.AddRange(StreamRecord.ReadAll(parser, [.. chunks[i]]));
                }
            }

            records.ShouldBe(expected.Records);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void AnyBytesInAnyChunks_Written_PassTheLimitAtTheSamePlace() =>
        Prop.ForAll(Streams.Chunks.ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (chunks, limit) =>
        {
            byte[] whole = [.. chunks.SelectMany(chunk => chunk)];

            UpToTheLimit(chunks, limit).ShouldBe(UpToTheLimit([whole], limit));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void BlocksOfEverySize_WrittenInReadsOfEverySize_AreReadWhole(int seed)
    {
        var random = new Random(seed);
        var stream = new StringBuilder();
        var expected = new List<StreamRecord>();
        for (var i = 0; i < 60; i++)
        {
            var lines = Enumerable.Range(0, random.Next(1, 4)).Select(_ => new string((char)('a' + (i % 26)), random.Next(8) switch
            {
                0 => random.Next(60_000, 200_000),
                < 3 => random.Next(10_000, 40_000),
                _ => random.Next(300),
            })).ToArray();
            var end = random.Next(3) switch { 0 => "\r\n", 1 => "\r", _ => "\n" };
            if (random.Next(2) == 0)
                stream.Append(new string(':', random.Next(30_000))).Append(end);
            stream.Append(System.Globalization.CultureInfo.InvariantCulture, $"id: {i}{end}").AppendJoin("", lines.Select(line => $"data: {line}{end}{(line.Length % 3 == 0 ? $":{line}{end}" : "")}"))
                .Append("event: t").Append(end).Append(end);
            expected.Add(new(EventStreamItemKind.Event, "t", string.Join('\n', lines), $"{i}"));
        }

        var bytes = Encoding.UTF8.GetBytes(stream.ToString());
        var parser = new EventStreamParser();
        var records = new List<StreamRecord>();
        for (var at = 0; at < bytes.Length;)
        {
            var memory = parser.GetMemory();
            memory.Length.ShouldBeGreaterThan(0);
            var count = Math.Min(Math.Min(memory.Length, random.Next(4) == 0 ? 100_000 : random.Next(1, 3_000)), bytes.Length - at);
            bytes.AsSpan(at, count).CopyTo(memory.Span);
            parser.Advance(count);
            at += count;
            records.AddRange(ReadAll(parser));
        }

        records.Select(static record => (record.Type, record.LastEventId, record.Data.Length)).ShouldBe(expected.Select(static record => (record.Type, record.LastEventId, record.Data.Length)));
        records.ShouldBe(expected);
    }

    [Fact]
    public void ABlock_ThatGoesOnForEverWithComments_TakesNoMoreMemory()
    {
        var parser = new EventStreamParser();
        parser.Write("id: 1\ndata: kept\nevent: t\n"u8);
        var comment = Encoding.UTF8.GetBytes(":" + new string('x', 1_000) + "\n");
        for (var i = 0; i < 5_000; i++)
        {
            parser.TryRead(out _).ShouldBeFalse();
            parser.Write(comment);
            parser.GetMemory().Length.ShouldBeLessThan(64 * 1024);
        }

        parser.Write("\n"u8);
        ReadAll(parser).ShouldBe([new(EventStreamItemKind.Event, "t", "kept", "1")]);
    }

    [Fact]
    public void AReset_ForgetsWhatWasWritten()
    {
        var parser = new EventStreamParser();
        parser.Write("id: 1\n\nid: 2\ndata: a\ndata: b\nda"u8);
        ReadAll(parser).ShouldBe([new(EventStreamItemKind.Id, "", "", "1")]);
        parser.Write("unread\n\ndata: unread\n\n"u8);

        parser.Reset();
        parser.Write("\uFEFFdata: c\n\n"u8);

        ReadAll(parser).ShouldBe([new(EventStreamItemKind.Event, "message", "c", "1")]);
    }

    [Fact]
    public void Advance_PastTheMemory_IsRefused()
    {
        var parser = new EventStreamParser();
        var length = parser.GetMemory(100).Length;

        length.ShouldBeGreaterThanOrEqualTo(100);
        Should.Throw<ArgumentOutOfRangeException>(() => parser.Advance(length + 1));
        Should.Throw<ArgumentOutOfRangeException>(() => parser.Advance(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => parser.GetMemory(-1));
    }

    private static List<StreamRecord> ReadAll(EventStreamParser parser)
    {
        var records = new List<StreamRecord>();
        while (parser.TryRead(out var item))
            records.Add(new(item.Kind, item.Kind == EventStreamItemKind.Event ? item.Type : "", item.GetData(), item.LastEventId));
        return records;
    }

    private static List<StreamRecord> UpToTheLimit(byte[][] chunks, int limit)
    {
        var parser = new EventStreamParser(new() { MaxBlockBytes = limit, ReadComments = true });
        var records = new List<StreamRecord>();
        try
        {
            foreach (var chunk in chunks)
            {
                parser.Write(chunk);
                while (parser.TryRead(out var item))
                    records.Add(new(item.Kind, item.Type, item.GetData(), item.LastEventId));
            }
        }
        catch (EventStreamTooLargeException)
        {
            records.Add(new(EventStreamItemKind.Comment, "limit", "", parser.LastEventId));
        }

        return records;
    }
}
