using System.Net;

namespace Curlew.Bench.Fanout.Load;

/// <summary>Where the clients of streams that break off go on: at another server, at once, with the last id that they have.</summary>
/// <param name="Server">The other server.</param>
/// <param name="Published">How many events there are by now of the tracks that a stream must receive.</param>
internal sealed record Failover(IPEndPoint Server, Func<SequenceCheck, long> Published);
