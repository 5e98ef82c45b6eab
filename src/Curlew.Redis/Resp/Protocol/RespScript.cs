using System.Security.Cryptography;
using System.Text;

namespace Curlew.Redis.Resp;

/// <summary>A Lua script, sent by its SHA-1 (EVALSHA), and in full where the server does not know it. Immutable; make one for all uses.</summary>
/// <param name="source">The script.</param>
internal sealed class RespScript(string source)
{
    public byte[] Source { get; } = Encoding.UTF8.GetBytes(source);

    public byte[] Sha1 { get; } = Encoding.ASCII.GetBytes(HashSource(source));

    // The name by which Redis knows a script; nothing rests on its strength.
#pragma warning disable CA5350
    private static string HashSource(string source) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(source)));
#pragma warning restore CA5350
}
