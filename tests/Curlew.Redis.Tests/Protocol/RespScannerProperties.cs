using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Redis.Tests.Protocol;

public sealed class RespScannerProperties
{
    // Bytes of which many are the protocol's own, so that much of it is nearly right.
    private static readonly Gen<byte[]> Garbage = Gen.Frequency(
        (4, Gen.Elements("+-:$*_,#!=(%~|>\r\n0123-?tf"u8.ToArray())),
        (3, Gen.Elements("\r\n", "$1\r\n", "*2\r\n", "%1\r\n", ":1\r\n", "|1\r\n", "$-1\r\n", ">1\r\n", "+a\r\n").SelectMany(static text => Gen.Elements(Encoding.ASCII.GetBytes(text)))),
        (1, Gen.Choose(0, 255).Select(static i => (byte)i))).ListOf().Select(static bytes => bytes.ToArray());

    private static readonly Gen<byte[]> Pieces = Gen.Elements(
        "\r\n", "$1\r\n", "$1\r\nx\r\n", "*2\r\n", "%1\r\n", ":1\r\n", ":x\r\n", "|1\r\n", "$-1\r\n", ">1\r\n", "+a\r\n", "*0\r\n", "_\r\n", "#t\r\n", "$", "*99999999999\r\n", "\n", "-E\r\n")
        .ListOf().Select(static parts => Encoding.ASCII.GetBytes(string.Concat(parts)));

    private static readonly Gen<int[]> Sizes = Gen.Choose(1, 9).ListOf().Select(static sizes => sizes.ToArray());

    [Fact]
    public void AnyReplies_InAnyChunks_ReadBackAsTheyWere() =>
        Prop.ForAll(RespValue.Messages.ListOf().ToArbitrary(), Sizes.ToArbitrary(), static (values, sizes) =>
        {
            byte[] bytes = [.. values.SelectMany(static value => value.Encode())];
            var read = new List<RespValue>();

            var result = ScanResult.Of(ScanResult.Chunk(bytes, sizes), inspect: reply =>
            {
                var reader = reply.Read();
                reply.Type.ShouldBe(reader.Type);
                read.Add(RespValue.Read(ref reader));
                reader.Rest.IsEmpty.ShouldBeTrue();
            });

            result.IsRefused.ShouldBeFalse();
            read.ShouldBe(values.Select(static value => value.Seen()));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_500));

    [Fact]
    public void AnyBytes_InAnyChunks_AreTheSameRepliesOrRefused() =>
        Prop.ForAll(Gen.OneOf(Garbage, Pieces).ToArbitrary(), Sizes.ToArbitrary(), static (bytes, sizes) =>
        {
            var whole = ScanResult.Of([bytes], inspect: Walk);

            ScanResult.Of(ScanResult.Chunk(bytes, sizes)).ShouldBe(whole);
            Encoding.Latin1.GetString(bytes).ShouldStartWith(string.Concat(whole.Replies));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void AnyReplyWithOneByteChanged_IsReadToItsEndOrRefused() =>
        Prop.ForAll(RespValue.Messages.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Choose(0, 255).ToArbitrary(), static (value, at, to) =>
        {
            var bytes = value.Encode();
            bytes[at % bytes.Length] = (byte)to;

            var whole = ScanResult.Of([bytes], inspect: Walk);
            ScanResult.Of(ScanResult.Chunk(bytes, [1])).ShouldBe(whole);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_500));

    [Fact]
    public void AnyPartOfAReply_IsNoReply() =>
        Prop.ForAll(RespValue.Messages.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), static (value, cut) =>
        {
            var bytes = value.Encode();

            ScanResult.Of([bytes[..(cut % bytes.Length)]]).ShouldBe(new([], IsRefused: false));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    // Every value can be passed, and nothing is left over.
    private static void Walk(RespReply reply)
    {
        var reader = reply.Read();
        reader.Skip();
        reader.Rest.IsEmpty.ShouldBeTrue();
        reader = reply.Read();
        RespValue.Read(ref reader);
    }
}
