namespace Curlew.Redis.Resp;

/// <summary>The kinds of value of RESP2 and RESP3, by their first byte. Null stands for all three ways to write it.</summary>
/// <seealso href="https://redis.io/docs/latest/develop/reference/protocol-spec/"/>
internal enum RespType : byte
{
    None = 0,
    SimpleString = (byte)'+',
    Error = (byte)'-',
    Integer = (byte)':',
    BulkString = (byte)'$',
    Array = (byte)'*',
    Null = (byte)'_',
    Double = (byte)',',
    Boolean = (byte)'#',
    BulkError = (byte)'!',
    VerbatimString = (byte)'=',
    BigNumber = (byte)'(',
    Map = (byte)'%',
    Set = (byte)'~',
    Attribute = (byte)'|',
    Push = (byte)'>',
}
