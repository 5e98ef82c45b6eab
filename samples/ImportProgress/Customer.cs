using System.Globalization;

record Customer(string Name, string Email, decimal Credit)
{
    /// <summary>Reads a row such as <c>Ada Lovelace,ada@example.org,12.50</c>.</summary>
    /// <returns>The customer, or what is wrong with the row.</returns>
    public static (Customer? Customer, string? Fault) Parse(string row)
    {
        var fields = row.Split(',', StringSplitOptions.TrimEntries);
        if (fields.Length != 3)
            return (null, $"has {fields.Length} fields; 3 are needed: name, email, credit");
        if (fields[0].Length == 0)
            return (null, "has no name");
        if (!fields[1].Contains('@', StringComparison.Ordinal))
            return (null, $"'{fields[1]}' is no email address");
        return decimal.TryParse(fields[2], NumberStyles.Number, CultureInfo.InvariantCulture, out var credit)
            ? (new(fields[0], fields[1], credit), null)
            : (null, $"'{fields[2]}' is no amount");
    }
}
