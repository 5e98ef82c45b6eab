using Microsoft.Extensions.Options;

namespace Curlew;

/// <summary>Names everything that keeps the catalog from working, in one message, at the start of the application.</summary>
internal sealed class EventCatalogValidation : IValidateOptions<EventCatalogBuilder>
{
    public ValidateOptionsResult Validate(string? name, EventCatalogBuilder options)
    {
        var faults = options.Build().FindFaults(requireCategory: false, requireAudience: false);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
