namespace Curlew.Micro;

/// <summary>What the streams of a benchmark write to.</summary>
public enum StreamOutput
{
    /// <summary>The body of the response, as on HTTP/2, with TLS, and on another transport.</summary>
    Response,

    /// <summary>The connection under it, past the server: each write is a call of the kernel.</summary>
    Connection,
}
