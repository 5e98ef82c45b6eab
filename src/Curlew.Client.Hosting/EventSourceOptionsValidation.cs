using Microsoft.Extensions.Options;

namespace Curlew.Client;

/// <summary>Names everything that is wrong with the options, in one message, at the start of the application.</summary>
internal sealed class EventSourceOptionsValidation : IValidateOptions<EventSourceOptions>
{
    public ValidateOptionsResult Validate(string? name, EventSourceOptions options)
    {
        string[] faults = [.. options.FindFaults().Select(fault => $"Event source '{name}': {fault}")];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
