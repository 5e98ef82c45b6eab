using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;

namespace Curlew.Testing;

/// <summary>A sample that runs as a process of its own. It must end well.</summary>
internal sealed class Sample : IAsyncDisposable
{
    private readonly ProgramUnderTest _program;
    private readonly CookieContainer _cookies = new();

    private Sample(ProgramUnderTest program, Uri url)
    {
        _program = program;
        Client = new(new HttpClientHandler { CookieContainer = _cookies }) { BaseAddress = url };
    }

    /// <summary>What it has printed.</summary>
    public IEnumerable<string> Output => _program.Output.Concat(_program.Error);

    /// <summary>A client with the sample's address, and the cookies that it has given.</summary>
    public HttpClient Client { get; }

    public Uri Url => Client.BaseAddress!;

    /// <summary>Starts a sample, of whatever project under <c>samples</c>.</summary>
    /// <param name="name">The project's name.</param>
    /// <param name="settings">Settings of the command line, such as <c>--Sensors:Interval=00:00:01</c>.</param>
    public static async Task<Sample> StartAsync(string name, params string[] settings)
    {
        var assembly = Repository.PathOf($"samples/{name}/bin/{Repository.Configuration}/net10.0/{name}.dll");
        var program = ProgramUnderTest.Start("dotnet", [assembly, "--urls", "http://127.0.0.1:0", .. settings], workingDirectory: Repository.PathOf($"samples/{name}"));
        try
        {
            return new(program, new((await program.WaitForLineAsync(@"Now listening on: (?<url>http://\S+)")).Groups["url"].Value));
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for a line of the sample's log, also one that came before the call.</summary>
    public Task<Match> LogsAsync([StringSyntax(StringSyntaxAttribute.Regex)] string pattern) => _program.WaitForLineAsync(pattern);

    /// <summary>How many lines of the sample's log match so far.</summary>
    public int CountLogs([StringSyntax(StringSyntaxAttribute.Regex)] string pattern) =>
        _program.Output.Count(line => Regex.IsMatch(line, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)));

    /// <summary>Opens a stream as a browser does, with the cookies it has, and reads its first block.</summary>
    public async Task<RawStream> OpenAsync(string target, params (string Name, string Value)[] headers)
    {
        var stream = await RequestAsync(target, headers);
        stream.Status.ShouldBe(200);
        (await stream.ReadBlockAsync(TestContext.Current.CancellationToken))!.Retry.ShouldNotBeNull();
        return stream;
    }

    public Task<RawStream> RequestAsync(string target, params (string Name, string Value)[] headers)
    {
        var cookies = _cookies.GetCookieHeader(Url);
        return RawStream.ConnectAsync(
            Url.Port,
            target,
            new RawStreamOptions { Headers = [.. headers, .. cookies.Length > 0 ? [("Cookie", cookies)] : Array.Empty<(string, string)>()] },
            TestContext.Current.CancellationToken);
    }

    public Task PostAsync(string target, object? body = null) => SendAsync(HttpMethod.Post, target, body);

    /// <summary>Sends a request that must succeed.</summary>
    /// <returns>The text of the answer.</returns>
    public async Task<string> SendAsync(HttpMethod method, string target, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(target, UriKind.Relative)) { Content = JsonContent.Create(body) };
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        response.IsSuccessStatusCode.ShouldBeTrue($"{target}: {response.StatusCode}");
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public Task<string> GetAsync(string target) => Client.GetStringAsync(new Uri(target, UriKind.Relative), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await using (_program)
        {
            _program.Signal(UnixSignal.Terminate);
            (await _program.WaitForExitAsync()).ShouldBe(0, string.Join('\n', _program.Error));
        }
    }
}
