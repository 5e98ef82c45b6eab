namespace Curlew.Redis.Resp;

/// <summary>What is known of a command whose answer did not come.</summary>
internal enum CommandOutcome
{
    /// <summary>No byte of it left this process: it certainly had no effect.</summary>
    NotSent,

    /// <summary>It may have run, or may still run.</summary>
    Unknown,
}
