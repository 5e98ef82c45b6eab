using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Curlew.AspNetCore.Tests;

/// <summary>Signs in whom the request names: <c>X-User</c> is the user's id, percent-encoded, <c>X-Team</c> a claim.</summary>
internal sealed class HeaderAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Name = "Header";

    public static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(Name).AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>(Name, null);
        builder.Services.AddAuthorization();
        // Authentication brings it along; no key of a test is to be stored.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers["X-User"].ToString() is not { Length: > 0 } user)
            return Task.FromResult(AuthenticateResult.NoResult());
        var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, Uri.UnescapeDataString(user)), new("team", Request.Headers["X-Team"].ToString())], Name);
        return Task.FromResult(AuthenticateResult.Success(new(new ClaimsPrincipal(identity), Name)));
    }
}
