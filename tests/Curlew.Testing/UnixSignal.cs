namespace Curlew.Testing;

/// <summary>A signal to a process, by its number.</summary>
public enum UnixSignal
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>SIGHUP.</summary>
    Hangup = 1,

    /// <summary>SIGINT: Ctrl+C.</summary>
    Interrupt = 2,

    /// <summary>SIGQUIT.</summary>
    Quit = 3,

    /// <summary>SIGKILL: ends the process at once.</summary>
    Kill = 9,

    /// <summary>SIGTERM: asks the process to end.</summary>
    Terminate = 15,

    /// <summary>SIGCONT: goes on after a stop.</summary>
    Continue = 18,

    /// <summary>SIGSTOP: freezes the process.</summary>
    Stop = 19,
}
