namespace Curlew.Redis.Resp;

/// <summary>What came is not RESP, passes a limit, or is not of the shape that the command is answered with.</summary>
/// <param name="message">What is wrong. It quotes nothing that came.</param>
internal sealed class RespProtocolException(string message) : Exception(message);
