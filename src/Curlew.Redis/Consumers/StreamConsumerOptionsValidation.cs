using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Curlew.Redis;

/// <summary>Names everything that is wrong with the options of the stream consumers, at the start of the application.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
internal sealed class StreamConsumerOptionsValidation(IEnumerable<StreamConsumerRegistration> consumers) : IValidateOptions<StreamConsumerOptions>
{
    public ValidateOptionsResult Validate(string? name, StreamConsumerOptions options)
    {
        if (consumers.FirstOrDefault(consumer => consumer.OptionsName == name) is not { } consumer)
            return ValidateOptionsResult.Skip;
        string[] faults = [.. options.FindFaults(consumer.Stream).Select(fault => $"Consumer group '{consumer.Group}' of the stream '{consumer.Stream}': {fault}")];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
