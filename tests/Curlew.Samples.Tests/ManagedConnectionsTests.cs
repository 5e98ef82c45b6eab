using System.Text.Json.Nodes;

namespace Curlew.Samples.Tests;

public sealed class ManagedConnectionsTests
{
    private const int MaxAttempts = 50;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operator_sees_who_is_connected_and_closes_one()
    {
        await using var sample = await StartAsync();
        using var ann = await OpenAsync(sample, await TokenAsync(sample, "ann"));
        using var bob = await OpenAsync(sample, await TokenAsync(sample, "bob"));

        var listed = await ListAsync(sample);
        listed.Select(static stream => (string)stream!["userId"]!).ShouldBe(["ann", "bob"], ignoreOrder: true);
        var anns = listed.Single(static stream => (string?)stream!["userId"] == "ann")!;
        anns["topics"]!.AsArray().Select(static topic => (string?)topic).ShouldBe(["$user/ann", "$broadcast"]);
        ((string?)anns["route"], (string?)anns["remoteAddress"], (string?)anns["closeReason"], (bool)anns["isLive"]!).ShouldBe(("/me/events", "127.0.0.1", "None", true));

        await sample.SendAsync(HttpMethod.Delete, $"/admin/streams/{(string)anns["id"]!}?reason=too+many+tabs");

        await ShouldEndAsync(ann);
        await sample.PostAsync("/users/ann/notices", new { text = "missed" });
        using var again = await OpenAsync(sample, await TokenAsync(sample, "ann"), ("Last-Event-ID", ann.LastEventId));
        (await again.ReadEventAsync(Cancel))!.Data.ShouldBe("""{"text":"missed"}""");
        await sample.LogsAsync("Closed 1 event streams: too many tabs");
    }

    [Fact]
    public async Task Whose_access_is_revoked_loses_all_streams_and_is_told_to_stay_away()
    {
        await using var sample = await StartAsync();
        var token = await TokenAsync(sample, "bob");
        using var first = await OpenAsync(sample, token);
        using var second = await OpenAsync(sample, token);
        using var ann = await OpenAsync(sample, await TokenAsync(sample, "ann"));
        (await PresenceAsync(sample, "bob")).ShouldBe((true, 2));

        JsonNode.Parse(await sample.SendAsync(HttpMethod.Delete, "/admin/users/bob/sessions"))!["closed"]!.GetValue<int>().ShouldBe(2);

        await ShouldEndAsync(first);
        await ShouldEndAsync(second);
        using var refused = await sample.RequestAsync("/me/events", ("Authorization", $"Bearer {token}"), ("Last-Event-ID", first.LastEventId));
        refused.Status.ShouldBe(204);
        await Eventually.UntilAsync(async () => await PresenceAsync(sample, "bob") == (false, 0));
        await sample.PostAsync("/users/ann/notices", new { text = "still here" });
        (await ann.ReadEventAsync(Cancel))!.Data.ShouldBe("""{"text":"still here"}""");
        (await MetricsAsync(sample))["curlew.connections.closed ClosedByApplication"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_stream_ends_with_its_session()
    {
        await using var sample = await StartAsync();
        var token = await TokenAsync(sample, "ann", "&lifetime=00:00:03");
        using var stream = await OpenAsync(sample, token);

        await ShouldEndAsync(stream);

        using var refused = await sample.RequestAsync("/me/events", ("Authorization", $"Bearer {token}"));
        refused.Status.ShouldBe(204);
        await sample.LogsAsync("the session has ended");
    }

    [Fact]
    public async Task A_page_comes_with_a_cookie_or_with_a_token_in_its_query_which_no_log_shows()
    {
        await using var sample = await Sample.StartAsync("ManagedConnections");
        var token = await TokenAsync(sample, "ann");
        using var byQuery = await sample.OpenAsync($"/me/events?access_token={Uri.EscapeDataString(token)}");
        await sample.PostAsync("/sign-in?user=ann");
        using var byCookie = await sample.OpenAsync("/me/events");

        await sample.PostAsync("/users/ann/notices", new { text = "hello" });

        (await byQuery.ReadEventAsync(Cancel))!.Data.ShouldBe("""{"text":"hello"}""");
        (await byCookie.ReadEventAsync(Cancel))!.Data.ShouldBe("""{"text":"hello"}""");
        var beginning = token[..20];
        sample.Output.ShouldAllBe(line => !line.Contains(beginning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_is_not_signed_in_gets_no_stream_and_who_is_no_operator_no_list()
    {
        await using var sample = await Sample.StartAsync("ManagedConnections");
        using var anonymous = await sample.RequestAsync("/me/events");
        anonymous.Status.ShouldBe(401);

        await sample.PostAsync("/sign-in?user=ann");
        using var mine = await sample.OpenAsync("/me/events");
        using var list = await sample.RequestAsync("/admin/streams");
        list.Status.ShouldBe(403);
    }

    [Fact]
    public async Task Who_connects_too_often_is_told_when_to_come_back()
    {
        await using var sample = await StartAsync();
        var token = await TokenAsync(sample, "ann");
        for (var attempt = 0; ; attempt++)
        {
            attempt.ShouldBeLessThan(MaxAttempts);
            using var stream = await sample.RequestAsync("/me/events", ("Authorization", $"Bearer {token}"));
            // The limit of open streams answers with problem details.
            if (stream.Status != 429 || stream.Headers.ContainsKey("Content-Type"))
                continue;
            int.Parse(stream.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(1, 10);
            break;
        }

        using var other = await OpenAsync(sample, await TokenAsync(sample, "bob"));
    }

    private static async Task<Sample> StartAsync()
    {
        var sample = await Sample.StartAsync("ManagedConnections");
        await sample.PostAsync("/sign-in?user=olga&role=operator");
        return sample;
    }

    private static async Task<string> TokenAsync(Sample sample, string user, string more = "") =>
        (string)JsonNode.Parse(await sample.SendAsync(HttpMethod.Post, $"/token?user={user}{more}"))!["accessToken"]!;

    private static Task<RawStream> OpenAsync(Sample sample, string token, params (string Name, string Value)[] headers) =>
        sample.OpenAsync("/me/events", [("Authorization", $"Bearer {token}"), .. headers]);

    private static async Task<JsonArray> ListAsync(Sample sample) => JsonNode.Parse(await sample.GetAsync("/admin/streams"))!.AsArray();

    private static async Task<JsonNode> MetricsAsync(Sample sample) => JsonNode.Parse(await sample.GetAsync("/admin/metrics"))!;

    private static async Task<(bool IsConnected, int Streams)> PresenceAsync(Sample sample, string user)
    {
        var presence = JsonNode.Parse(await sample.GetAsync($"/admin/users/{user}/presence"))!;
        return ((bool)presence["isConnected"]!, (int)presence["streams"]!);
    }

    private static async Task ShouldEndAsync(RawStream stream)
    {
        StreamBlock? last = null;
        while (await stream.ReadBlockAsync(Cancel) is { } block)
            last = block;
        last.ShouldNotBeNull().Retry.ShouldNotBeNull();
        stream.HasEnded.ShouldBeTrue();
    }
}
