using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using SecurityDashboard;
using SecurityDashboard.Alerts;
using SecurityDashboard.Configuration;
using SecurityDashboard.Correlation;
using SecurityDashboard.Ingest;
using SecurityDashboard.Live;
using SecurityDashboard.Normalising;
using SecurityDashboard.Scenarios;
using SecurityDashboard.Search;
using SecurityDashboard.Sharing;

// Log lines in; records, alerts and the page that shows both live out.

var builder = WebApplication.CreateBuilder(args);
DashboardSettings settings;
try
{
    settings = DashboardSettings.Read(builder.Configuration, builder.Environment.ContentRootPath);
}
catch (SettingsException e)
{
    foreach (var fault in e.Faults)
        Console.Error.WriteLine(fault);
    return 1;
}

var services = builder.Services;
services.ConfigureHttpJsonOptions(json => json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull);
var curlew = services.AddCurlew()
    .AddHub(LogPipeline.Hub, hub => hub.Retention.MaxEvents = settings.Retention)
    .AddHub(AlertBook.Hub);

services.AddSingleton(settings);
services.AddSingleton<LogNormaliser>();
services.AddSingleton(settings.Rules.Classifier);
services.AddSingleton(new CorrelationEngine(settings.Rules.Rules));
services.AddSingleton<AlertBook>();
services.AddSingleton(new LogHistory(settings.Retention));
if (settings.Redis is { } redis)
{
    curlew.ShareOn(redis);
}
else
{
    services.AddSingleton<IRecordSink>(provider => provider.GetRequiredService<LogHistory>());
    services.AddSingleton<IRecordSink, CorrelationStage>();
}

services.AddSingleton<IngestStatistics>();
services.AddSingleton<LogPipeline>();
services.AddSingleton<LineFeed>();
services.AddSingleton(settings.Scenarios);
services.AddSingleton<ScenarioStage>();
services.AddHostedService(provider => provider.GetRequiredService<ScenarioStage>());
services.AddHostedService<FileFollower>();
if (settings.StandardInput)
    services.AddHostedService<InputReader>();

var app = builder.Build();
app.UsePageGuard();
app.UseFileServer();
app.MapLive();
app.MapIngest();
app.MapAlerts();
app.MapScenarios();
app.MapSearch();
try
{
    app.Run();
    return 0;
}
catch (OptionsValidationException e)
{
    foreach (var fault in e.Failures)
        Console.Error.WriteLine(fault);
    return 1;
}
