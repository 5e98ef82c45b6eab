namespace Curlew.Bench.Fanout.Load;

/// <summary>What an event is for.</summary>
internal enum Phase
{
    /// <summary>To warm the server and to see that every stream is there; neither checked nor counted.</summary>
    WarmUp,

    /// <summary>Checked and counted.</summary>
    Measured,
}
