using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Curlew.Hub.EndToEndTests.Streams;

/// <summary>A real nginx with <c>docs/nginx.conf</c> as it stands; only ports and the files of the certificate are others.</summary>
internal sealed class DocumentedNginx : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("curlew-certificate-");
    private readonly int _hubPort;
    private NginxUnderTest? _nginx;

    private DocumentedNginx(int hubPort) => _hubPort = hubPort;

    /// <summary>Where it listens without TLS.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>Where it listens with TLS.</summary>
    public int TlsPort { get; } = FreePort.Next();

    public static async Task<DocumentedNginx> StartAsync(int hubPort)
    {
        var nginx = new DocumentedNginx(hubPort);
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=hub.example.org", key, HashAlgorithmName.SHA256);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
            await File.WriteAllTextAsync(nginx.PathOf("pem"), certificate.ExportCertificatePem());
            await File.WriteAllTextAsync(nginx.PathOf("key"), key.ExportPkcs8PrivateKeyPem());
            await nginx.StartAgainAsync();
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    public Task ReloadAsync() => _nginx.ShouldNotBeNull().ReloadAsync();

    public async Task StopAsync()
    {
        if (_nginx is not null)
            await _nginx.DisposeAsync();
        _nginx = null;
    }

    public async Task StartAgainAsync()
    {
        var configuration = await File.ReadAllTextAsync(Repository.PathOf("docs/nginx.conf"));
        foreach (var (documented, here) in new[]
        {
            ("server 127.0.0.1:5080;", $"server 127.0.0.1:{_hubPort};"),
            ("listen 80;", $"listen 127.0.0.1:{Port};"),
            ("listen 443 ssl http2;", $"listen 127.0.0.1:{TlsPort} ssl http2;"),
            ("/etc/ssl/certs/hub.example.org.pem", PathOf("pem")),
            ("/etc/ssl/private/hub.example.org.key", PathOf("key")),
        })
        {
            configuration.ShouldContain(documented);
            configuration = configuration.Replace(documented, here, StringComparison.Ordinal);
        }

        _nginx = await NginxUnderTest.StartAsync(_ => configuration, Port);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Delete(recursive: true);
    }

    private string PathOf(string extension) => Path.Combine(_directory.FullName, $"hub.{extension}");
}
