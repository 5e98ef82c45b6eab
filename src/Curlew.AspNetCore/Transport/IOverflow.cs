using System.IO.Pipelines;

namespace Curlew;

/// <summary>Where the bytes of a connection go that the kernel does not take at once.</summary>
internal interface IOverflow
{
    /// <summary>Opens a pipe whose bytes are sent as the kernel takes them; its flush ends when the last of them has gone. Called once at the most.</summary>
    PipeWriter Open();

    /// <summary>Nothing more will be written, and nothing waits. Called once at the most, and not where a pipe has been opened.</summary>
    void Complete(Exception? exception);
}
