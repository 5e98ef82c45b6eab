using System.Diagnostics;
using Curlew.Bench.Fanout.Linux;

namespace Curlew.Bench.Tests;

/// <summary>What is read of <c>/proc</c>.</summary>
public sealed class AccountingTests
{
    [Fact]
    public void ParseStat_ANameWithSpacesAndParentheses_TakesParentAndAllFourTimes() =>
        ProcessTree.ParseStat("4242 (nginx: (worker) x) S 17 4242 4242 0 -1 4194560 1 2 3 4 1000 200 30 4 20 0 1 0 99 0 0").ShouldBe(new ProcessStat(Parent: 17, Ticks: 1234));

    [Fact]
    public void ParseKilobytes_OfAField_IsInBytes()
    {
        ProcessTree.ParseKilobytes(["Rss:   10 kB", "Pss_Anon:   5 kB", "Pss:      1234 kB"], "Pss").ShouldBe(1234 * 1024);
        ProcessTree.ParseKilobytes(["Rss: 10 kB"], "Pss").ShouldBeNull();
    }

    [Fact]
    public void SocketMemory_IsTheLastFieldOfTcp() => SocketMemory.Parse(["sockets: used 5", "TCP: inuse 4 orphan 0 tw 0 alloc 7 mem 321", "UDP: inuse 0 mem 9"]).ShouldBe(321);

    [Fact]
    public void CpuSeconds_CountChildrenThatRunAndChildrenThatHaveEnded()
    {
        // Many clock ticks each, in a child that ends and in one that then waits; their parent itself does nothing.
        const string Work = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"sh -c '{Work}; true'; sh -c '{Work}; echo done; read wait'; true"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        })!;
        try
        {
            shell.StandardOutput.ReadLine().ShouldBe("done");

            var tree = ProcessTree.Of(shell.Id);

            var ended = ProcessTree.ParseStat(File.ReadAllText($"/proc/{shell.Id}/stat")).Ticks;
            ended.ShouldBeGreaterThan(0);
            tree.CpuSeconds.ShouldBeGreaterThan(ended / 100.0);
            tree.ResidentBytes.ShouldBeGreaterThan(0);
        }
        finally
        {
            shell.Kill(entireProcessTree: true);
        }
    }
}
