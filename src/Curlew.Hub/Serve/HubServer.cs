using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Serve;

/// <summary>The server behind <c>curlew serve</c>.</summary>
internal static class HubServer
{
    public static async Task<int> RunAsync(string[] configurationArgs, bool insecure, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateBuilder(configurationArgs);
        await using var app = builder.Build();
        await app.RunAsync(cancellationToken);
        return ExitCode.Ok;
    }
}
