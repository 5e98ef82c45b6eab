using Cookbook;
using Microsoft.AspNetCore.Authentication.Cookies;

// One file for each recipe; docs/cookbook.md shows them all.

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddCurlew();
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
builder.Services.AddAuthorization();

var app = builder.Build();
app.MapCounter();
app.MapLiveData();
app.MapStructuredEvents();
app.MapLongStream();
app.MapErrorEvents();
app.MapPerUserStream();
app.MapMemoryEfficientStream();
app.MapListOfEvents();
app.MapSingleEvent();
app.MapFlexibleGenerator();
app.MapManualHeaders();
app.MapEfficientStream();
app.MapReconnectByHand();
app.MapCollectedStream();

// What is no event stream.
app.MapTextAndBinary();
app.MapJsonLines();
app.MapDownload();
app.MapCsvExport();

app.Run();
