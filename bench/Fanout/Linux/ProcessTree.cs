using System.Globalization;

namespace Curlew.Bench.Fanout.Linux;

/// <summary>Processes and all that descend from them, as <c>/proc</c> accounts for them.</summary>
internal sealed class ProcessTree
{
    /// <summary>USER_HZ, which is 100 on every architecture that .NET runs on.</summary>
    private const int TicksPerSecond = 100;

    private readonly int[] _ids;

    private ProcessTree(int[] ids) => _ids = ids;

    /// <summary>Finds the tree of some processes, of which none descends from another, as it is now.</summary>
    public static ProcessTree Of(params IEnumerable<int> roots)
    {
        var children = new Dictionary<int, List<int>>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id) || ReadStat(id) is not { } stat)
                continue;
            if (!children.TryGetValue(stat.Parent, out var siblings))
                children[stat.Parent] = siblings = [];
            siblings.Add(id);
        }

        List<int> found = [.. roots];
        for (var i = 0; i < found.Count; i++)
            found.AddRange(children.GetValueOrDefault(found[i], []));
        return new([.. found]);
    }

    /// <summary>CPU time in seconds: user and kernel, of every process, and of the children that have ended and been waited for.</summary>
    public double CpuSeconds => _ids.Sum(static id => ReadStat(id)?.Ticks ?? 0) / (double)TicksPerSecond;

    /// <summary>Resident memory in bytes. Pages that several processes of the tree share count once (PSS), as nginx's workers share what they hold.</summary>
    public long ResidentBytes => _ids.Sum(static id => ReadResident(id));

    /// <summary>Reads a line of <c>/proc/ID/stat</c>.</summary>
    public static ProcessStat ParseStat(string line)
    {
        // The name stands in parentheses and may hold spaces and parentheses itself.
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return new(
            Parent: int.Parse(fields[1], CultureInfo.InvariantCulture),
            // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), of which the first two have been cut off.
            Ticks: fields[11..15].Sum(static field => long.Parse(field, CultureInfo.InvariantCulture)));
    }

    /// <summary>Reads <c>Pss</c> of <c>/proc/ID/smaps_rollup</c>, or <c>VmRSS</c> of <c>/proc/ID/status</c>, in bytes.</summary>
    public static long? ParseKilobytes(IEnumerable<string> lines, string field)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return line is null ? null : 1024 * long.Parse(line.AsSpan(field.Length + 1).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture);
    }

    private static ProcessStat? ReadStat(int id)
    {
        try
        {
            return ParseStat(File.ReadAllText($"/proc/{id}/stat"));
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }
    }

    private static long ReadResident(int id)
    {
        try
        {
            return ParseKilobytes(File.ReadLines($"/proc/{id}/smaps_rollup"), "Pss") ?? 0;
        }
        catch (UnauthorizedAccessException)
        {
            return ParseKilobytes(File.ReadLines($"/proc/{id}/status"), "VmRSS") ?? 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
