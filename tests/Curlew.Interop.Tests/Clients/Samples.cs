namespace Curlew.Interop.Tests.Clients;

internal static class Samples
{
    /// <summary>Types and data of events that a client may stumble over.</summary>
    public static readonly (string Type, string Data)[] Events =
    [
        ("message", "plain"),
        ("greeting", "Grüße\n世界 🦩\n\n the end\n"),
        ("number", "{\"n\":1}"),
        ("greeting", ": no comment\rid: no id"),
    ];
}
