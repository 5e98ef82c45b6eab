using Curlew.Hub.CommandLine;
using Curlew.Testing;

namespace Curlew.Hub.Tests.CommandLine;

public sealed class HubConnectionTests
{
    [Fact]
    public async Task CreateClient_WhereConnectionsAreResetAsSoonAsTheyAreMade_FailsEachRequestInTheSameWay()
    {
        await using var link = CutProxy.Start(serverPort: 1);
        link.IsAway = true;
        var hub = new HubConnection(new Uri($"http://127.0.0.1:{link.Port}"), [], TimeSpan.FromSeconds(10));
        using var client = hub.CreateClient();

        // When exactly the reset comes decides which of the platform's exceptions it is.
        for (var attempt = 0; attempt < 500; attempt++)
            await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync(hub.Events, TestContext.Current.CancellationToken));
    }
}
