using System.Globalization;

namespace Curlew.Hub.EndToEndTests;

/// <summary>What a hub and its connections take up.</summary>
/// <param name="Resident">The process, in bytes.</param>
/// <param name="Kernel">The buffers of all TCP connections of this machine, both their ends, in bytes.</param>
internal sealed record Memory(long Resident, long Kernel)
{
    private const int PageBytes = 4096;

    public long Total => Resident + Kernel;

    public static Memory Of(HubUnderTest hub)
    {
        var words = File.ReadLines("/proc/net/sockstat").First(static line => line.StartsWith("TCP:", StringComparison.Ordinal)).Split(' ');
        return new(hub.Program.ResidentBytes, long.Parse(words[Array.IndexOf(words, "mem") + 1], CultureInfo.InvariantCulture) * PageBytes);
    }
}
