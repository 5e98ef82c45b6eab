namespace Curlew.Hub.CommandLine;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failure = 1;
    public const int WrongUsage = 2;

    /// <summary>128 + SIGINT, as shells expect of a program that Ctrl+C ended.</summary>
    public const int Interrupted = 130;

    /// <summary>128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
