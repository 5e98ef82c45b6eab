namespace Curlew.Bench.Fanout.Servers;

/// <summary>Where the parts of the benchmark lie in the clone that it was built in.</summary>
internal static class BenchFiles
{
    private static readonly DirectoryInfo Output = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>The root of the clone.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Debug or Release, as this program itself was built.</summary>
    public static string Configuration { get; } = Output.Parent!.Name;

    /// <summary>The <c>curlew</c> program; null if it has not been built.</summary>
    public static string? Hub => Built("src/Curlew.Hub", "Curlew.Hub");

    /// <summary>The server on ASP.NET Core alone; null if it has not been built.</summary>
    public static string? Platform => Built("bench/Peers/Platform", "Curlew.Bench.Platform");

    /// <summary>A file of a peer.</summary>
    public static string Peer(string path) => Path.Combine(Root, "bench/Peers", path);

    private static string? Built(string project, string assembly)
    {
        var path = Path.Combine(Root, project, "bin", Configuration, Output.Name, assembly + ".dll");
        return File.Exists(path) ? path : null;
    }

    private static string FindRoot()
    {
        for (var directory = Output; directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Curlew.slnx")))
                return directory.FullName;
        }

        throw new InvalidOperationException("The benchmark runs from the clone that it was built in; there is no Curlew.slnx above it.");
    }
}
