namespace Curlew.Micro;

/// <summary>A subscriber that reads when the benchmark does.</summary>
internal sealed class Deaf : ISubscriber
{
    public static Deaf Instance { get; } = new();

    public void Wake()
    {
    }
}
