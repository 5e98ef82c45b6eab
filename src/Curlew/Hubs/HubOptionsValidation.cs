using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>Names everything that is wrong with a hub's options, in one message, at the start of the application.</summary>
internal sealed class HubOptionsValidation(string hub) : IValidateOptions<HubOptions>
{
    public ValidateOptionsResult Validate(string? name, HubOptions options)
    {
        if (name != hub)
            return ValidateOptionsResult.Skip;
        string[] faults = [.. options.FindFaults()];
        return faults.Length == 0 ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(hub.Length == 0 ? faults : faults.Select(fault => $"Hub '{hub}': {fault}"));
    }
}
