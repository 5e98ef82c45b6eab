using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Curlew.Redis.Tests.Protocol;

/// <summary>A reply as a tree, with an encoder and a generator: what the parser under test is held against.</summary>
/// <param name="Type">The type; an attribute has its pairs as <paramref name="Items"/>, the value it describes last.</param>
/// <param name="Text">The text of a scalar.</param>
/// <param name="Items">The elements of an aggregate.</param>
internal sealed record RespValue(RespType Type, string Text, params RespValue[] Items)
{
    private static readonly RespType[] Aggregates = [RespType.Array, RespType.Set, RespType.Map];

    private static Gen<string> Blob { get; } = Gen.OneOf(
        Gen.Elements("", "x", "\r\n", "$3\r\nabc\r\n", "é✓", new string('z', 300)),
        Gen.Choose(0, 255).Select(static i => (char)i).ListOf().Select(static chars => string.Concat(chars.Where(char.IsAscii))));

    private static Gen<string> Line { get; } = Gen.Elements("OK", "", "ERR a b", "MOVED 1 h:2", "*1", new string('y', 200));

    private static Gen<RespValue> Scalar { get; } = Gen.OneOf(
        Blob.Select(static text => new RespValue(RespType.BulkString, text)),
        Blob.Select(static text => new RespValue(RespType.BulkError, text)),
        Blob.Select(static text => new RespValue(RespType.VerbatimString, "txt:" + text)),
        Line.Select(static text => new RespValue(RespType.SimpleString, text)),
        Line.Select(static text => new RespValue(RespType.Error, text)),
        ArbMap.Default.GeneratorFor<long>().Select(static number => new RespValue(RespType.Integer, number.ToString(CultureInfo.InvariantCulture))),
        Gen.Elements("1.5", "-0", "inf", "-inf", "nan", "1e10").Select(static text => new RespValue(RespType.Double, text)),
        Gen.Elements("t", "f").Select(static text => new RespValue(RespType.Boolean, text)),
        Gen.Elements("123456789012345678901234567890", "-1").Select(static text => new RespValue(RespType.BigNumber, text)),
        Gen.Elements("", "$", "*").Select(static text => new RespValue(RespType.Null, text)));

    public static Gen<RespValue> Replies { get; } = Gen.Sized(size => Any(Math.Min(size, 40)));

    /// <summary>A value that may stand at the top: a push too.</summary>
    public static Gen<RespValue> Messages { get; } = Gen.Frequency(
        (6, Replies),
        (1, from kind in Blob select new RespValue(RespType.Push, "", new RespValue(RespType.BulkString, kind), new RespValue(RespType.Integer, "7"))));

    public byte[] Encode()
    {
        var output = new MemoryStream();
        WriteTo(output);
        return output.ToArray();
    }

    /// <summary>What a reader finds at its place; attributes are passed over.</summary>
    public static RespValue Read(ref RespReader reader)
    {
        switch (reader.Type)
        {
            case RespType.Null:
                reader.TryReadNull().ShouldBeTrue();
                return new(RespType.Null, "");
            case RespType.Error or RespType.BulkError:
                var type = reader.Type;
                return new(type, reader.ReadError().Message);
            case RespType.Array or RespType.Set or RespType.Map or RespType.Push:
                var aggregate = reader.Type;
                var items = new RespValue[reader.ReadArray()];
                for (var i = 0; i < items.Length; i++)
                    items[i] = Read(ref reader);
                return new(aggregate, "", items);
            default:
                var scalar = reader.Type;
                return new(scalar, Encoding.UTF8.GetString(reader.ReadBytes()));
        }
    }

    /// <summary>The value as a reader shows it: no attributes, one kind of null, no format before a verbatim string.</summary>
    public RespValue Seen() => Type switch
    {
        RespType.Attribute => Items[^1].Seen(),
        RespType.Null => new(RespType.Null, ""),
        RespType.VerbatimString => new(Type, Text[4..]),
        RespType.Error or RespType.BulkError => new(Type, RedisServerException.Parse(Text).Message),
        _ => this with { Items = [.. Items.Select(static item => item.Seen())] },
    };

    public bool Equals(RespValue? other) => other is not null && Type == other.Type && Text == other.Text && Items.SequenceEqual(other.Items);

    public override int GetHashCode() => HashCode.Combine(Type, Text, Items.Length);

    public override string ToString() => Items.Length == 0 ? $"{Type} '{Text}'" : $"{Type} [{string.Join(", ", Items.Select(static item => item.ToString()))}]";

    private static Gen<RespValue> Any(int size) => size == 0 ? Scalar : Gen.Frequency(
        (3, Scalar),
        (2, from type in Gen.Elements(Aggregates)
            from items in Any(size / 4).ListOf(type == RespType.Map ? 4 : 3)
            select new RespValue(type, "", [.. items])),
        (1, Gen.Elements(Aggregates).Select(static type => new RespValue(type, ""))),
        (1, from items in Any(size / 4).ListOf(3)
            select new RespValue(RespType.Attribute, "", [.. items])));

    private void WriteTo(MemoryStream output)
    {
        var blob = Encoding.UTF8.GetBytes(Text);
        switch (Type)
        {
            case RespType.Null:
                Write(output, Text.Length == 0 ? "_" : $"{Text}-1");
                break;
            case RespType.BulkString or RespType.BulkError or RespType.VerbatimString:
                Write(output, $"{(char)Type}{blob.Length}");
                output.Write(blob);
                output.Write("\r\n"u8);
                break;
            case RespType.Array or RespType.Set or RespType.Push or RespType.Map or RespType.Attribute:
                Write(output, $"{(char)Type}{(Type is RespType.Map or RespType.Attribute ? Items.Length / 2 : Items.Length)}");
                foreach (var item in Items)
                    item.WriteTo(output);
                break;
            default:
                Write(output, $"{(char)Type}{Text}");
                break;
        }
    }

    private static void Write(MemoryStream output, string line) => output.Write(Encoding.UTF8.GetBytes(line + "\r\n"));
}
