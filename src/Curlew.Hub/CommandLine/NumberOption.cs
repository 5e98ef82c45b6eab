using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Curlew.Hub.CommandLine;

/// <summary>An option whose value is a number within bounds.</summary>
internal static class NumberOption
{
    /// <param name="name">The option's name.</param>
    /// <param name="description">Its help.</param>
    /// <param name="min">The least value.</param>
    /// <param name="max">The largest value.</param>
    /// <param name="defaultValue">The value without the option; null when there is none.</param>
    public static Option<T?> Create<T>(string name, string description, T min, T max, T? defaultValue = null)
        where T : struct, INumber<T>
    {
        var option = new Option<T?>(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                if (T.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
                    return number;
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from {min} to {max}, not '{result.Tokens[0].Value}'."));
                return null;
            },
        };
        if (defaultValue is not null)
            option.DefaultValueFactory = _ => defaultValue;
        return option;
    }
}
