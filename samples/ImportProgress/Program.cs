using Microsoft.Extensions.Caching.Memory;

// A long import that its page follows. The page uploads a file, then opens the stream that does the work: the work lasts as long as somebody follows it.

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddCurlew();
builder.Services.AddMemoryCache();
builder.Services.AddSingleton<CustomerTable>();
builder.Services.AddSingleton<Importer>();

var app = builder.Build();
app.UseFileServer();

app.MapPost("/imports", async (HttpRequest request, IMemoryCache uploads) =>
{
    using var reader = new StreamReader(request.Body);
    var upload = new Upload(Guid.NewGuid(), (await reader.ReadToEndAsync(request.HttpContext.RequestAborted)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    uploads.Set(upload.Id, upload, new MemoryCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(10) });
    return TypedResults.Created($"/imports/{upload.Id}/events");
});

app.MapGet("/imports/{id:guid}/events", (Guid id, IMemoryCache uploads, Importer importer) =>
    uploads.Get<Upload>(id) is { } upload
        ? Results.EventStream((lastEventId, cancel) => importer.RunAsync(upload, lastEventId, cancel))
        : Results.NotFound());

app.MapGet("/customers", (CustomerTable customers) => new { customers.Count });

app.Run();

record Upload(Guid Id, string[] Rows);
