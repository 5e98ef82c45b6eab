using System.Text.Json;

// The two shapes in which language-model APIs stream their tokens, over a toy in the place of a model.

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddCurlew();
builder.Services.AddSingleton<ILanguageModel, ToyModel>();
builder.Services.ConfigureHttpJsonOptions(json =>
{
    json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
    json.SerializerOptions.RespectNullableAnnotations = true;
    json.SerializerOptions.RespectRequiredConstructorParameters = true;
});

var app = builder.Build();
app.UseFileServer();

app.MapPost("/v1/chat/completions", ChatCompletions.HandleAsync);
app.MapPost("/v1/messages", TypedMessages.HandleAsync);

app.Run();
