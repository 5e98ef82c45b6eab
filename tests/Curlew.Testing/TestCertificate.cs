using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Curlew.Testing;

/// <summary>A self-signed certificate for localhost, made when the test runs, in files that a server can read. Disposing removes them.</summary>
public sealed class TestCertificate : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("curlew-certificate-");
    private readonly X509Certificate2 _certificate;

    /// <summary>Makes the certificate.</summary>
    public TestCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllText(CertificatePath, _certificate.ExportCertificatePem());
        File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The certificate, as PEM.</summary>
    public string CertificatePath => Path.Combine(_directory.FullName, "server.pem");

    /// <summary>Its key, as PEM.</summary>
    public string KeyPath => Path.Combine(_directory.FullName, "server.key");

    /// <summary>Makes a client trust this certificate and no other; its name is still checked.</summary>
    /// <param name="options">The client's options.</param>
    public void Trust(SslClientAuthenticationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_certificate);
        options.CertificateChainPolicy = policy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificate.Dispose();
        _directory.Delete(recursive: true);
    }
}
