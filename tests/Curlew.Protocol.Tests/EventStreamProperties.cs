using System.Buffers;
using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Protocol.Tests;

public sealed class EventStreamProperties
{
    private static readonly EventStreamParserOptions WithComments = new() { ReadComments = true };

    [Fact]
    public void AnyBytesInAnyChunks_ReadAsTheStandardSays() =>
        Prop.ForAll(Streams.Chunks.ToArbitrary(), chunks =>
        {
            var expected = new ReferenceParser().Read([.. chunks.SelectMany(chunk => chunk)]);
            var parser = new EventStreamParser(WithComments);

            StreamRecord.ReadAll(parser, chunks.Select(chunk => chunk.ToArray())).ShouldBe(expected.Records);
            parser.LastEventId.ShouldBe(expected.LastEventId);
            parser.ReconnectionTime.ShouldBe(Limited(expected.RetryMilliseconds));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));

    [Fact]
    public void AnyBytesInAnyChunks_ReadTheSameWithoutComments() =>
        Prop.ForAll(Streams.Chunks.ToArbitrary(), chunks =>
        {
            var expected = new ReferenceParser().Read([.. chunks.SelectMany(chunk => chunk)]);

            StreamRecord.ReadAll(new EventStreamParser(), chunks.Select(chunk => chunk.ToArray()))
                .ShouldBe(expected.Records.Where(record => record.Kind != EventStreamItemKind.Comment));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void AnyBytesInAnySequence_ReadTheSameAsInOneSpan() =>
        Prop.ForAll(Streams.Chunks.ToArbitrary(), chunks =>
        {
            var whole = StreamRecord.ReadAll(new EventStreamParser(WithComments), [[.. chunks.SelectMany(chunk => chunk)]]);

            StreamRecord.ReadAll(new EventStreamParser(WithComments), Streams.AsSequence(chunks)).ShouldBe(whole);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void AnyTwoConnections_WithAResetBetween_ReadAsTheStandardSays() =>
        Prop.ForAll(Streams.Chunks.ToArbitrary(), Streams.Chunks.ToArbitrary(), (first, second) =>
        {
            var expected = new ReferenceParser().Read([.. first.SelectMany(chunk => chunk)]).Read([.. second.SelectMany(chunk => chunk)]);
            var parser = new EventStreamParser(WithComments);

            var records = StreamRecord.ReadAll(parser, first.Select(chunk => chunk.ToArray()));
            parser.Reset();
            records.AddRange(StreamRecord.ReadAll(parser, second.Select(chunk => chunk.ToArray())));

            records.ShouldBe(expected.Records);
            parser.LastEventId.ShouldBe(expected.LastEventId);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    [Fact]
    public void AnyBytesInAnyChunks_PassTheLimitAtTheSamePlace() =>
        Prop.ForAll(Streams.Chunks.ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (chunks, limit) =>
        {
            byte[] whole = [.. chunks.SelectMany(chunk => chunk)];

            ReadUpToTheLimit(chunks, limit).ShouldBe(ReadUpToTheLimit([whole], limit));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void AnyEncodedEvent_ReadsBackAsItWasWithLineEndsAsLf() =>
        Prop.ForAll(Events.ToArbitrary(), Gen.Choose(1, 50).ToArbitrary(), (events, chunkSize) =>
        {
            var output = new ArrayBufferWriter<byte>();
            var expected = new List<StreamRecord>();
            var lastId = "";
            foreach (var (id, type, comment, data, asBytes) in events)
            {
                if (comment is not null)
                {
                    EventStreamEncoder.WriteComment(output, comment);
                    expected.AddRange(Lines(comment).Split('\n').Select(line => new StreamRecord(EventStreamItemKind.Comment, "", line, lastId)));
                }

                if (id is not null)
                    EventStreamEncoder.WriteId(output, lastId = id);
                if (type is not null)
                    EventStreamEncoder.WriteType(output, type);
                if (data is not null && asBytes)
                    EventStreamEncoder.WriteData(output, Encoding.UTF8.GetBytes(data));
                else if (data is not null)
                    EventStreamEncoder.WriteData(output, data);
                EventStreamEncoder.EndBlock(output);

                if (data is not null)
                    expected.Add(new(EventStreamItemKind.Event, string.IsNullOrEmpty(type) ? "message" : type, Lines(data), lastId));
                else if (id is not null)
                    expected.Add(new(EventStreamItemKind.Id, "", "", lastId));
            }

            var bytes = output.WrittenSpan.ToArray();
            StreamRecord.ReadAll(new EventStreamParser(WithComments), bytes.Chunk(chunkSize).Select(chunk => chunk.ToArray())).ShouldBe(expected);
            new ReferenceParser().Read(bytes).Records.ShouldBe(expected);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    [Fact]
    public void AnyStringsWhatsoever_AreRefusedOrForgeNothing() =>
        Prop.ForAll(AnyString, AnyString, AnyString, (id, type, data) =>
        {
            var output = new ArrayBufferWriter<byte>();
            var (wroteId, wroteType, wroteData) = (
                Writes(() => EventStreamEncoder.WriteId(output, id)),
                Writes(() => EventStreamEncoder.WriteType(output, type)),
                Writes(() => EventStreamEncoder.WriteData(output, data)));
            EventStreamEncoder.EndBlock(output);

            wroteId.ShouldBe(EventStreamEncoder.IsValidField(id));
            wroteType.ShouldBe(EventStreamEncoder.IsValidField(type));
            wroteData.ShouldBe(EventStreamEncoder.IsWellFormed(data));
            var read = new ReferenceParser().Read(output.WrittenSpan.ToArray());
            var lastId = wroteId ? id : "";
            StreamRecord[] expected =
                wroteData ? [new(EventStreamItemKind.Event, wroteType && type.Length > 0 ? type : "message", Lines(data), lastId)]
                : wroteId ? [new(EventStreamItemKind.Id, "", "", lastId)]
                : [];
            read.Records.ShouldBe(expected);
            read.RetryMilliseconds.ShouldBeNull();

            static bool Writes(Action write)
            {
                try
                {
                    write();
                    return true;
                }
                catch (ArgumentException)
                {
                    return false;
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    [Fact]
    public void IsWellFormed_OfAnyString_SaysWhetherItSurvivesUtf8() =>
        Prop.ForAll(AnyString, text =>
            EventStreamEncoder.IsWellFormed(text).ShouldBe(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    /// <summary>Strings with lone and paired surrogates, line ends and NUL.</summary>
    private static Arbitrary<string> AnyString { get; } =
        Gen.Frequency(
            (3, ArbMap.Default.GeneratorFor<char>()),
            (1, Gen.Elements('\r', '\n', '\0', ':', ' ')),
            (1, Gen.Elements('\uD83D', '\uDC26')))
        .ListOf().Select(string.Concat).ToArbitrary();

    private static Gen<List<(string? Id, string? Type, string? Comment, string? Data, bool AsBytes)>> Events { get; } =
        (from id in Streams.Field.OrNull()
         from type in Streams.Field.OrNull()
         from comment in Gen.Frequency((3, Gen.Constant<string?>(null)), (1, Streams.Text.Select(text => (string?)text)))
         from data in Streams.Text.OrNull()
         from asBytes in Gen.Elements(true, false)
         select (id, type, comment, data, asBytes)).ListOf().Select(list => list.ToList());

    private static string Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private static TimeSpan? Limited(BigInteger? milliseconds) =>
        milliseconds is { } value
            ? TimeSpan.FromMilliseconds((long)BigInteger.Min(value, (long)EventStreamParser.MaxReconnectionTime.TotalMilliseconds))
            : null;

    private static List<StreamRecord> ReadUpToTheLimit(byte[][] chunks, int limit)
    {
        var parser = new EventStreamParser(new() { MaxBlockBytes = limit, ReadComments = true });
        var records = new List<StreamRecord>();
        try
        {
            foreach (var chunk in chunks)
            {
                ReadOnlySpan<byte> input = chunk;
                while (parser.TryRead(ref input, out var item))
                    records.Add(new(item.Kind, item.Type, item.GetData(), item.LastEventId));
            }
        }
        catch (EventStreamTooLargeException e)
        {
            records.Add(new(EventStreamItemKind.Comment, "limit", e.Message, parser.LastEventId));
        }

        return records;
    }
}
