using System.Text;
using SecurityDashboard.Ingest;

namespace Curlew.Samples.SecurityDashboard.Tests.Ingest;

public sealed class LineAssemblerTests
{
    [Fact]
    public void Lines_are_the_same_however_their_bytes_are_cut()
    {
        var bytes = Encoding.UTF8.GetBytes($"one\r\n\n\r\ntwo é€😀\n{new string('x', LineAssembler.MaxLineBytes)}\r\n{new string('y', LineAssembler.MaxLineBytes + 1)}\na\rb\nlast");
        string[] expected =
            ["one", "two é€😀", new('x', LineAssembler.MaxLineBytes), new('y', LineAssembler.MaxLineBytes), "a\rb", "last"];
        var random = new Random(7);

        for (var run = 0; run < 50; run++)
        {
            var lines = new LineAssembler();
            for (int first = 0, next; first < bytes.Length; first = next)
            {
                next = Math.Min(bytes.Length, first + (run == 0 ? 1 : random.Next(0, 1 << random.Next(1, 14))));
                lines.Append(bytes.AsSpan(first..next));
            }

            lines.EndLine();
            var (taken, truncated) = lines.Take();
            taken.ShouldBe(expected);
            truncated.ShouldBe(1);
        }
    }

    [Fact]
    public void What_is_no_text_does_no_harm_and_what_has_no_end_costs_one_line()
    {
        var lines = new LineAssembler();

        lines.Append([0xff, 0xfe, (byte)'a', 0xc3, (byte)'\n']);
        for (var i = 0; i < 1_000; i++)
            lines.Append(new byte[10_000]);
        lines.Append("\nnext\n"u8);

        var (taken, truncated) = lines.Take();
        taken.Count.ShouldBe(3);
        taken[0].ShouldBe("\ufffd\ufffda\ufffd");
        taken[1].Length.ShouldBe(LineAssembler.MaxLineBytes);
        taken[2].ShouldBe("next");
        truncated.ShouldBe(1);
        lines.Take().Lines.ShouldBeEmpty();
    }
}
