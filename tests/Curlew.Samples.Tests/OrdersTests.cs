namespace Curlew.Samples.Tests;

public sealed class OrdersTests
{
    [Fact]
    public async Task A_payment_reaches_those_who_watch_the_order()
    {
        await using var sample = await Sample.StartAsync("Orders");
        using var stream = await sample.OpenAsync("/orders/42/events");

        await sample.PostAsync("/orders/7/pay");
        await sample.PostAsync("/orders/42/pay");

        var paid = (await stream.ReadEventAsync(TestContext.Current.CancellationToken))!;
        (paid.Type, paid.Data).ShouldBe(("OrderPaid", """{"id":"42"}"""));
    }

    [Fact]
    public async Task Who_comes_back_misses_nothing()
    {
        await using var sample = await Sample.StartAsync("Orders");
        string lastEventId;
        using (var stream = await sample.OpenAsync("/orders/42/events"))
            lastEventId = stream.LastEventId;

        await sample.PostAsync("/orders/42/pay");

        using var again = await sample.OpenAsync("/orders/42/events", ("Last-Event-ID", lastEventId));
        (await again.ReadEventAsync(TestContext.Current.CancellationToken))!.Type.ShouldBe("OrderPaid");
    }
}
