namespace Curlew.Testing.Tests;

public sealed class NginxUnderTestTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReloadAsync_NewConfiguration_IsServed()
    {
        await using var nginx = await NginxUnderTest.StartAsync(port => Answering(port, "first"));
        (await GetAsync(nginx)).ShouldBe("first");

        await nginx.ReloadAsync(port => Answering(port, "second"));

        // The old workers take connections until they have heard of their end.
        await Eventually.UntilAsync(async () => await GetAsync(nginx) == "second");
    }

    [Fact]
    public async Task StartAsync_BrokenConfiguration_SaysWhatNginxSaid()
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(NginxUnderTest.StartAsync(static _ => "no_such_directive on;"));
        failure.Message.ShouldContain("no_such_directive");
    }

    private static string Answering(int port, string text) =>
        $$"""server { listen 127.0.0.1:{{port}}; location / { return 200 "{{text}}"; } }""";

    private static async Task<string> GetAsync(NginxUnderTest nginx)
    {
        using var answer = await RawStream.ConnectAsync(nginx.Port, "/", cancellationToken: Cancel);
        return await answer.ReadToEndAsync(Cancel);
    }
}
