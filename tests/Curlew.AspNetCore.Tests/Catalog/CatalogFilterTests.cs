namespace Curlew.AspNetCore.Tests.Catalog;

/// <summary>What <c>?type=</c> and <c>?category=</c> take, and what they leave of a stream.</summary>
public sealed class CatalogFilterTests
{
    [Theory]
    [InlineData("", "paid shipped revoked - Unlisted")]
    [InlineData("?type=order.paid", "paid")]
    [InlineData("?type=order.paid&type=session.revoked", "paid revoked")]
    [InlineData("?category=orders", "paid shipped")]
    [InlineData("?category=orders&category=security", "paid shipped revoked")]
    [InlineData("?category=orders&type=order.shipped", "shipped")]
    [InlineData("?category=orders&type=order.shipped&type=session.revoked", "shipped")]
    [InlineData("?type=message", "-")]
    [InlineData("?type=message&type=order.paid", "paid -")]
    public Task A_stream_is_narrowed_to_what_its_query_names(string query, string expected) => Shop().RunAsync(async app =>
    {
        using var stream = await app.OpenAsync($"/all{query}");
        await PublishAsync(app);
        await PublishAsync(app);

        // Anything beside what is expected would stand between the first round and the second.
        string[] round = expected.Split(' ');
        (await stream.DataAsync(round.Length * 2)).ShouldBe([.. round, .. round]);
    });

    [Theory]
    [InlineData("?type=order.lost", "type", "there is no type 'order.lost'; the types are 'order.paid', 'order.shipped', 'session.revoked', 'told', and 'message' for events without one")]
    [InlineData("?type=order.paid&type=Unlisted", "type", "there is no type 'Unlisted'; the types are 'order.paid', 'order.shipped', 'session.revoked', 'told', and 'message' for events without one")]
    [InlineData("?type=Order.Paid", "type", "there is no type 'Order.Paid'; the types are 'order.paid', 'order.shipped', 'session.revoked', 'told', and 'message' for events without one")]
    [InlineData("?type=gap", "type", "there is no type 'gap'; the types are 'order.paid', 'order.shipped', 'session.revoked', 'told', and 'message' for events without one")]
    [InlineData("?type=", "type", "a type cannot be empty")]
    [InlineData("?category=payments", "category", "there is no category 'payments'; the categories are 'orders', 'security'")]
    [InlineData("?category=orders&category=Security", "category", "there is no category 'Security'; the categories are 'orders', 'security'")]
    [InlineData("?category=", "category", "there is no category ''; the categories are 'orders', 'security'")]
    [InlineData("?category=orders&type=session.revoked", "category", "none of the types that are named is of a category that is named")]
    [InlineData("?category=orders&type=message", "category", "none of the types that are named is of a category that is named")]
    public Task What_the_catalog_does_not_list_is_refused_before_the_stream(string query, string field, string fault) => Shop().RunAsync(async app =>
    {
        using var answer = await app.SendAsync($"/all{query}");
        var problem = await answer.ShouldBeRefusedAsync(400, field);
        ((string?)problem["errors"]![field]![0]).ShouldBe(fault);
        await app.ShouldHoldNothingAsync();
    });

    [Fact]
    public Task Too_many_types_or_categories_are_refused() => Shop(static options => options.MaxTopicsPerSubscription = 2).RunAsync(static async app =>
    {
        using var types = await app.SendAsync("/all?type=order.paid&type=order.shipped&type=order.paid");
        await types.ShouldBeRefusedAsync(400, "type");
        using var categories = await app.SendAsync("/all?category=orders&category=security&category=orders");
        await categories.ShouldBeRefusedAsync(400, "category");
        using var fits = await app.OpenAsync("/all?type=order.paid&type=order.shipped&category=orders&category=security");
    });

    [Theory]
    [InlineData("?type=Unlisted", "Unlisted")]
    [InlineData("?type=order.paid&type=whatever", "paid")]
    [InlineData("?category=security", "revoked")]
    [InlineData("?category=security&type=session.revoked&type=Unlisted", "revoked")]
    public Task A_hub_that_others_write_to_takes_any_type(string query, string expected) => Shop().RunAsync(async app =>
    {
        using var stream = await app.OpenAsync($"/imported{query}");
        using var refused = await app.SendAsync("/imported?category=payments");
        await refused.ShouldBeRefusedAsync(400, "category");

        await PublishAsync(app, "imported");

        (await stream.EventAsync()).Data.ShouldBe(expected);
    });

    [Fact]
    public Task Without_a_catalog_any_type_is_taken_and_no_category() => new StreamApp().RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/all?type=whatever");
        await app.Publisher.PublishAsync("a", "x", type: "other");
        await app.Publisher.PublishAsync("a", "y", type: "whatever");
        (await stream.EventAsync()).Data.ShouldBe("y");

        using var answer = await app.SendAsync("/all?category=orders");
        var problem = await answer.ShouldBeRefusedAsync(400, "category");
        ((string?)problem["detail"]).ShouldBe("category: there are no categories, because there is no event catalog.");
    });

    [Fact]
    public Task A_gap_passes_every_filter() => Shop().RunAsync(static async app =>
    {
        using var stream = await app.OpenAsync("/all?category=security", ("Last-Event-ID", "nonsense"));
        await stream.GapAsync("malformed");
    });

    [Fact]
    public async Task Events_of_the_options_and_of_the_builder_are_one_catalog()
    {
        var app = new StreamApp
        {
            Options = static options => options.Events.Add<Paid>("order.paid"),
            Curlew = static curlew => curlew.AddEvents(static events => events.Add<Revoked>("session.revoked")),
        };
        await app.RunAsync(static app =>
        {
            app.Provider.GetRequiredService<EventCatalog>().Events.Select(static e => e.Type).ShouldBe(["order.paid", "session.revoked"]);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Wrong_options_and_a_wrong_catalog_are_told_together_and_once()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddCurlew(static options =>
        {
            options.KeepAlive = TimeSpan.Zero;
            options.Events.Add<Paid>("unseen");
        }).AddEvents(static events => events.Add<Paid>("gap"));
        await using var app = builder.Build();

        var failures = await Should.ThrowAsync<AggregateException>(() => app.StartAsync(Deadline.Token));

        failures.InnerExceptions.Select(static failure => failure.Message.Split(';')[0]).ShouldBe(["KeepAlive is 00:00:00", "Event 'gap' (Paid): the type 'gap' is the server's own."], ignoreOrder: true);
    }

    private static StreamApp Shop(Action<CurlewOptions>? configure = null) => new()
    {
        Options = options =>
        {
            options.Events
                .Add<Paid>("order.paid", category: "orders", topics: static _ => ["orders"])
                .Add<Shipped>("order.shipped", category: "orders", topics: static _ => ["orders"])
                .Add<Revoked>("session.revoked", category: "security", topics: static _ => ["sessions"])
                .Add<Told>("told", topics: static _ => ["talk"]);
            configure?.Invoke(options);
        },
        Curlew = static curlew => curlew.AddHub("imported", static hub => hub.AllowUnlistedTypes = true),
        Map = static app =>
        {
            app.MapEventStream("/all", stream => stream.Pattern("**"));
            app.MapEventStream("/imported", hub: "imported");
        },
    };

    private static async Task PublishAsync(StreamApp app, string hub = "")
    {
        var events = app.Publisher.Hub(hub);
        foreach (var (data, type) in ((string, string?)[])[("paid", "order.paid"), ("shipped", "order.shipped"), ("revoked", "session.revoked"), ("-", null), ("Unlisted", "Unlisted")])
            await events.PublishAsync("t", data, type);
    }

    private sealed record Paid;

    private sealed record Shipped;

    private sealed record Revoked;

    private sealed record Told;
}
