namespace Curlew;

/// <summary>Reads a source for the loop of its stream. Only the loop calls it, and never waits for the source in it.</summary>
internal abstract class SourceReader
{
    /// <summary>Writes the events that are ready, as many as fit one write. Where none is, it wakes the loop as soon as there is one.</summary>
    /// <remarks>It throws what the source throws.</remarks>
    public abstract SourceState Read();

    /// <summary>Ends the source, whose token has been cancelled where it has not ended by itself. Called once, after the last read.</summary>
    /// <returns>A task that ends when the source has let go of everything. It throws what the source throws.</returns>
    public abstract Task EndAsync();
}
