using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Curlew.Redis;

/// <summary>Names everything that is wrong with the options, at the start of the application.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
internal sealed class RedisOptionsValidation : IValidateOptions<RedisOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisOptions options)
    {
        string[] faults = [.. options.FindFaults()];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
