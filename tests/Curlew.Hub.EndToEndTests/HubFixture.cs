namespace Curlew.Hub.EndToEndTests;

/// <summary>A hub with default settings, for the tests of one class.</summary>
public sealed class HubFixture : IAsyncLifetime
{
    private HubUnderTest? _hub;

    internal HubUnderTest Hub => _hub.ShouldNotBeNull();

    public async ValueTask InitializeAsync() => _hub = await HubUnderTest.StartAsync("Curlew:KeepAlive=1s");

    public async ValueTask DisposeAsync()
    {
        if (_hub is not null)
            await _hub.DisposeAsync();
    }
}
