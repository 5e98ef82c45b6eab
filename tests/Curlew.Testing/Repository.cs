using System.Reflection;

namespace Curlew.Testing;

/// <summary>Where the repository's files and built programs are.</summary>
public static class Repository
{
    private const string Marker = "Curlew.slnx";

    /// <summary>The directory that holds the solution, found upwards from the running test's assembly.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The configuration that the tests were built in: <c>Debug</c> or <c>Release</c>.</summary>
    public static string Configuration { get; } =
        typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Debug";

    /// <summary>A path below <see cref="Root"/>.</summary>
    /// <param name="relative">A path relative to the root.</param>
    /// <returns>The absolute path.</returns>
    public static string PathOf(string relative) => Path.GetFullPath(Path.Combine(Root, relative));

    /// <summary>The assembly that a project of <c>src</c> was built into, in the configuration of the tests.</summary>
    /// <param name="project">The project's name, such as <c>Curlew.Hub</c>.</param>
    /// <returns>The absolute path.</returns>
    /// <exception cref="FileNotFoundException">It was not built yet.</exception>
    public static string BuiltAssembly(string project)
    {
        var path = PathOf($"src/{project}/bin/{Configuration}/net10.0/{project}.dll");
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"Not built: run 'dotnet build {Marker} -c {Configuration}' first.", path);
    }

    private static string FindRoot()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, Marker)))
                return directory;
        }

        throw new DirectoryNotFoundException($"No {Marker} above {AppContext.BaseDirectory}.");
    }
}
