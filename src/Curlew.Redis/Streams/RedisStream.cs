namespace Curlew.Redis;

/// <summary>A hub that shows a stream which others write, registered in the service collection.</summary>
/// <param name="Hub">The hub's name.</param>
/// <param name="Key">The stream's key.</param>
/// <param name="Options">How entries become events.</param>
internal sealed record RedisStream(string Hub, string Key, RedisStreamOptions Options);
