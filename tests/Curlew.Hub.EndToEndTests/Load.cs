namespace Curlew.Hub.EndToEndTests;

/// <summary>How much a test takes on: enough to show the behaviour in an ordinary run, all of it in a long one.</summary>
internal static class Load
{
    /// <summary>Whether <c>CURLEW_LONG</c> is 1.</summary>
    public static bool IsLong => Environment.GetEnvironmentVariable("CURLEW_LONG") == "1";

    public static int Of(int ordinary, int whole) => IsLong ? whole : ordinary;
}
