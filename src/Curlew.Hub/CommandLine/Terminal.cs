namespace Curlew.Hub.CommandLine;

/// <summary>Where a command reads and writes: the process's standard streams, or a test's.</summary>
/// <param name="OpenInput">Opens standard input as bytes; called at most once, by a command that reads it.</param>
/// <param name="Output">Results, and nothing else, so that they can be piped on.</param>
/// <param name="OpenOutput">
/// Opens standard output as bytes, for a command that writes as long as somebody reads: when nobody does, writing fails, where <paramref name="Output"/>
/// stays silent.
/// </param>
/// <param name="Error">Messages for a person.</param>
/// <param name="ErrorIsInteractive">Whether a person watches <paramref name="Error"/>, so that progress may be drawn on it.</param>
internal sealed record Terminal(Func<Stream> OpenInput, TextWriter Output, Func<Stream> OpenOutput, TextWriter Error, bool ErrorIsInteractive)
{
    public static Terminal System { get; } =
        new(Console.OpenStandardInput, Console.Out, StandardOutput.Open, Console.Error, !Console.IsErrorRedirected);
}
