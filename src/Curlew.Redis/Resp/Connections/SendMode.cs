namespace Curlew.Redis.Resp;

/// <summary>How a command is sent.</summary>
[Flags]
internal enum SendMode
{
    Plain = 0,

    /// <summary>A script goes in full, not by its SHA-1.</summary>
    ScriptInFull = 1,

    /// <summary>After ASKING, to a node that is taking the slot over.</summary>
    Asking = 2,
}
