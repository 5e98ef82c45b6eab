namespace Curlew.Redis.Resp;

/// <summary>Which version of the protocol to speak.</summary>
internal enum RespProtocol
{
    /// <summary>RESP3, and RESP2 with a server that does not know HELLO.</summary>
    Auto,

    /// <summary>RESP2, without asking.</summary>
    Resp2,

    /// <summary>RESP3, or no connection.</summary>
    Resp3,
}
