var builder = WebApplication.CreateBuilder(args);
builder.Services.AddCurlew();                                   // one hub, in memory

var app = builder.Build();

app.MapEventStream("/orders/{id}/events", "orders/{id}");       // the topic comes from the route

app.MapPost("/orders/{id}/pay", async (string id, IEventPublisher events) =>
{
    await events.PublishAsync($"orders/{id}", new OrderPaid(id));
    return Results.Accepted();
});

app.Run();

record OrderPaid(string Id);
