using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>Names everything that is wrong with the options, in one message, at the start of the application.</summary>
internal sealed class CurlewOptionsValidation(IOptions<HostOptions> host) : IValidateOptions<CurlewOptions>
{
    public ValidateOptionsResult Validate(string? name, CurlewOptions options)
    {
        string[] faults = [.. FindFaults(options)];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> FindFaults(CurlewOptions options)
    {
        if (options.KeepAlive < CurlewOptions.MinInterval)
            yield return $"KeepAlive is {options.KeepAlive}; it must be at least {CurlewOptions.MinInterval}.";
        if (options.WriteTimeout < CurlewOptions.MinInterval)
            yield return $"WriteTimeout is {options.WriteTimeout}; it must be at least {CurlewOptions.MinInterval}.";
        if (options.DrainPeriod < TimeSpan.Zero || options.DrainPeriod >= host.Value.ShutdownTimeout)
            yield return $"DrainPeriod is {options.DrainPeriod}; it must not be negative, and below the host's shutdown timeout ({host.Value.ShutdownTimeout}).";
        if (options.MaxConnectionAge is { } age && age < TimeSpan.FromSeconds(1))
            yield return $"MaxConnectionAge is {age}; it must be at least 00:00:01, or null for no limit.";
        if (options.ReconnectDelay <= TimeSpan.Zero)
            yield return $"ReconnectDelay is {options.ReconnectDelay}; it must be positive.";
        if (options.MaxConnections < 1)
            yield return $"MaxConnections is {options.MaxConnections}; it must be at least 1.";
        if (options.MaxConnectionsPerAddress < 1)
            yield return $"MaxConnectionsPerAddress is {options.MaxConnectionsPerAddress}; it must be at least 1.";
        if (options.MaxConnectionsPerUser < 1)
            yield return $"MaxConnectionsPerUser is {options.MaxConnectionsPerUser}; it must be at least 1.";
        if (options.MaxTopicsPerSubscription < 1)
            yield return $"MaxTopicsPerSubscription is {options.MaxTopicsPerSubscription}; it must be at least 1.";
        if (!Enum.IsDefined(options.Busy))
            yield return $"Busy is {options.Busy}; it must be Status or Retry.";
        if (options.SendBufferBytes is < 0 or > 0 and < 4096)
            yield return $"SendBufferBytes is {options.SendBufferBytes}; it must be at least 4096, or 0 for the kernel's choice.";
    }
}
