using System.Globalization;
using Curlew.Redis.Tests.Hubs;

namespace Curlew.Redis.Tests.Schedules;

/// <summary>A server within the process of the test. It dies by being stopped.</summary>
internal sealed class NodeServer(Node node) : IServer
{
    public Node Node => node;

    public async Task<PublishOutcome> PublishAsync(int number, string? key)
    {
        try
        {
            var e = NewEvent.FromText(["a"], number.ToString(CultureInfo.InvariantCulture));
            return new(await node.Publisher.PublishAsync([e], key, Deadline.Token), IsRefused: false);
        }
        catch (EventLogUnavailableException e)
        {
            return PublishOutcome.Failed(e.Message);
        }
        catch (ObjectDisposedException)
        {
            return PublishOutcome.Unknown;
        }
    }

    public ValueTask DisposeAsync() => node.DisposeAsync();
}
