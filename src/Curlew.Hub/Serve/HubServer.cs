using System.Net.Sockets;
using Curlew.Hub.CommandLine;
using Curlew.Hub.LivePage;
using Curlew.Hub.Metrics;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace Curlew.Hub.Serve;

/// <summary>The server behind <c>curlew serve</c>.</summary>
internal static class HubServer
{
    private const string ReadyTag = "ready";
    private static readonly string[] LoopbackHosts = ["localhost", "127.0.0.1", "[::1]"];

    // Below everything that the user says: a hub's own messages, and of the framework only what needs attention.
    private static readonly Dictionary<string, string?> Defaults = new(StringComparer.Ordinal)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
        // Whoever could read this category has an activity and a logging scope made for every request, which a stream keeps for as long as it lasts.
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
        // Nor does the console print scopes, of which every connection has some.
        ["Logging:CaptureScopes"] = "false",
        // A start that fails is told in one message, without a stack trace beside it.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
    };

    public static async Task<int> RunAsync(string[] configurationArgs, bool insecure, CancellationToken cancellationToken)
    {
        await using var app = Build(configurationArgs, insecure, out var settings);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // Kestrel's message names the address and the cause.
            throw new CommandFailedException(e.Message, e);
        }
        catch (SocketException e)
        {
            throw new CommandFailedException($"cannot listen on {string.Join(" and ", ListenAddresses.Of(app.Configuration))}: {e.Message}.", e);
        }

        Announce(app, settings);
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Ok;
    }

    /// <exception cref="CommandFailedException">A setting is wrong; the message names every one that is.</exception>
    internal static WebApplication Build(string[] configurationArgs, bool insecure, out HubSettings settings)
    {
        var builder = WebApplication.CreateBuilder(configurationArgs);
        builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = Defaults });
        var addresses = ListenAddresses.Of(builder.Configuration);
        if (addresses.Count == 0)
            builder.WebHost.UseUrls(ListenAddresses.Default);

        var streams = new CurlewOptions();
        var hub = new HubOptions();
        settings = HubSettings.Read(builder.Configuration, streams, hub);
        AddServices(builder, settings, addresses, insecure);
        var app = builder.Build();
        Check(app, settings, addresses, insecure);
        Map(app, settings, hub);
        return app;
    }

    private static void AddServices(WebApplicationBuilder builder, HubSettings settings, IReadOnlyList<string> addresses, bool insecure)
    {
        var services = builder.Services;
        var configuration = builder.Configuration;
        var curlew = services.AddCurlew(streams => HubSettings.Read(configuration, streams, new HubOptions())).ConfigureHub(ReadHub);
        if (settings.Redis is { } redis)
        {
            curlew.AddRedis(redis);
            // With a path twice the program does not start.
            foreach (var stream in settings.Streams.DistinctBy(static stream => stream.Path, StringComparer.Ordinal))
                curlew.AddStream(stream.Path, stream.Key, stream.Type).AddHub(stream.Path, ReadHub);
        }

        services.AddProblemDetails();
        services.AddHealthChecks().AddCurlew(tags: [ReadyTag]);
        services.AddSingleton<PrometheusMetrics>();
        services.AddSingleton<LiveStats>();
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. settings.AllowedOrigins])
            .AllowEventStreams()
            .WithMethods("GET", "HEAD", "POST")
            .WithHeaders("Last-Event-ID", "Cache-Control", "Content-Type", PublishEndpoint.KeyHeader)));
        builder.WebHost.UseInlineSends();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
        });

        // Against DNS rebinding: a page of another site that resolves its name to this machine sends that name. Where everyone may come, any name is right.
        if (configuration["AllowedHosts"] is null && !insecure)
            services.Configure<HostFilteringOptions>(hosts => hosts.AllowedHosts = [.. LoopbackHosts, .. addresses.Select(ListenAddresses.HostOf).OfType<string>().Where(IsHostName)]);
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            // The framework trusts the loopback by default; here nobody is trusted who is not named.
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            // Through a chain of proxies as far as each of them is known.
            forwarded.ForwardLimit = null;
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            foreach (var network in settings.KnownProxies)
                forwarded.KnownIPNetworks.Add(network);
        });

        void ReadHub(HubOptions hub) => HubSettings.Read(configuration, new CurlewOptions(), hub);
    }

    private static bool IsHostName(string host) => host is not ("*" or "+" or "0.0.0.0" or "[::]") && !host.StartsWith("unix:", StringComparison.Ordinal);

    private static void Check(WebApplication app, HubSettings settings, IReadOnlyList<string> addresses, bool insecure)
    {
        List<string> faults = [.. settings.Faults];
        try
        {
            app.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception e) when (e is OptionsValidationException or AggregateException)
        {
            IReadOnlyList<Exception> all = e is AggregateException many ? many.InnerExceptions : [e];
            // The hubs of streams have the settings of the default one, and so its faults.
            var invalidOptions = all.OfType<OptionsValidationException>().Where(static invalid => invalid.OptionsName.Length == 0);
            faults.AddRange(invalidOptions.SelectMany(static invalid => invalid.Failures).Select(static fault => fault.Replace("Retention.", "Retention:", StringComparison.Ordinal)));
        }

        faults.AddRange(addresses.Select(ListenAddresses.FindFault).OfType<string>());
        foreach (var address in addresses.Where(address => !insecure && ListenAddresses.FindFault(address) is null && !ListenAddresses.IsLoopback(address)))
            faults.Add($"{address} can be reached from other machines, and everyone there could read and publish. Listen on 127.0.0.1, or say --insecure if that is meant.");
        if (faults.Count > 0)
            throw new CommandFailedException($"the hub cannot start:{string.Concat(faults.Distinct(StringComparer.Ordinal).Select(static fault => $"{Environment.NewLine}  {fault}"))}");
    }

    private static void Map(WebApplication app, HubSettings settings, HubOptions hub)
    {
        if (settings.KnownProxies.Count > 0)
            app.UseForwardedHeaders();
        // Streams answer for themselves; what these keep of a request they would keep for as long as the stream lasts.
        app.UseWhen(static http => http.GetEndpoint()?.Metadata.GetMetadata<StreamEndpoint>() is null, static others =>
        {
            others.UseExceptionHandler();
            others.UseStatusCodePages();
        });
        app.UseMiddleware<OriginCheck>(settings);
        // It takes a scope of services for each request, and without origins it has nothing to say.
        if (settings.AllowedOrigins.Count > 0)
            app.UseCors();

        app.MapEventStream("/events", stream => stream.AllowClientTopics("**")).WithMetadata(StreamEndpoint.Mark);
        app.MapEventStream("/live/events", stream => stream.AllowClientTopics("**").Enveloped()).WithMetadata(StreamEndpoint.Mark).ExcludeFromDescription();
        PublishEndpoint.Map(app, hub);
        foreach (var stream in settings.Streams)
            app.MapEventStream(stream.Path, hub: stream.Path).WithMetadata(StreamEndpoint.Mark);
        app.MapLivePage();
        app.MapLiveStats();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = static _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = static check => check.Tags.Contains(ReadyTag) });
        app.MapPrometheus();
        // Created now, so that it counts from the start.
        app.Services.GetRequiredService<LiveStats>();
    }

    private static void Announce(WebApplication app, HubSettings settings)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Curlew.Hub");
        foreach (var address in app.Urls)
            Messages.Listening(log, address);
        foreach (var stream in settings.Streams)
            Messages.ShowsStream(log, stream.Path, stream.Key, stream.Type ?? "none");
    }

    /// <summary>Marks the endpoints that are streams.</summary>
    private sealed class StreamEndpoint
    {
        public static StreamEndpoint Mark { get; } = new();
    }
}
