using SecurityDashboard.Ingest;

namespace Curlew.Samples.SecurityDashboard.Tests.Ingest;

public sealed class FileTailTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("curlew-tail-").FullName;
    private readonly LineAssembler _lines = new();

    private string Log => Path.Combine(_directory, "auth.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_is_appended_is_read_and_what_was_there_only_if_asked_for()
    {
        File.WriteAllText(Log, "old\n");
        using var tail = new FileTail(Log, fromStart: false);
        using var whole = new FileTail(Log, fromStart: true);

        Read(tail).ShouldBeEmpty();
        Read(whole).ShouldBe(["old"]);
        File.AppendAllText(Log, "new\nhal");
        Read(tail).ShouldBe(["new"]);
        File.AppendAllText(Log, "f\n");
        Read(tail).ShouldBe(["half"]);
    }

    [Fact]
    public void A_file_that_comes_later_is_read_from_its_start()
    {
        using var tail = new FileTail(Log, fromStart: false);

        Read(tail).ShouldBeEmpty();
        File.WriteAllText(Log, "first\n");
        Read(tail).ShouldBe(["first"]);
    }

    [Fact]
    public void A_file_that_is_moved_away_is_read_to_its_end_and_the_new_one_from_its_start()
    {
        File.WriteAllText(Log, "");
        using var tail = new FileTail(Log, fromStart: false);
        Read(tail).ShouldBeEmpty();
        File.AppendAllText(Log, "1\n");
        Read(tail).ShouldBe(["1"]);

        File.Move(Log, Log + ".1");
        File.AppendAllText(Log + ".1", "2\n");
        Read(tail).ShouldBe(["2"]);
        File.WriteAllText(Log, "3\n4\n5\n6\n");
        Read(tail).ShouldBe(["3", "4", "5", "6"]);
        File.AppendAllText(Log, "7\n");
        Read(tail).ShouldBe(["7"]);

        File.Move(Log, Log + ".2");
        File.WriteAllText(Log, "8\n");
        Read(tail).ShouldBe(["8"]);
    }

    [Fact]
    public void An_empty_file_that_is_replaced_is_noticed()
    {
        File.WriteAllText(Log, "");
        using var tail = new FileTail(Log, fromStart: false);
        Read(tail).ShouldBeEmpty();

        File.Delete(Log);
        File.WriteAllText(Log, "1\n");

        Read(tail).ShouldBe(["1"]);
    }

    [Fact]
    public void A_file_that_is_cut_in_place_is_read_from_its_start()
    {
        File.WriteAllText(Log, "");
        using var tail = new FileTail(Log, fromStart: true);
        File.AppendAllText(Log, "1\n2\n3\n");
        Read(tail).ShouldBe(["1", "2", "3"]);

        using (var file = new FileStream(Log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(0);
        File.AppendAllText(Log, "4\n");

        Read(tail).ShouldBe(["4"]);
    }

    [Fact]
    public void A_directory_is_a_fault_that_is_told()
    {
        using var tail = new FileTail(_directory, fromStart: true);

        Should.Throw<UnauthorizedAccessException>(() => Read(tail));
    }

    private List<string> Read(FileTail tail)
    {
        while (tail.Read(_lines))
        {
        }

        return _lines.Take().Lines;
    }
}
