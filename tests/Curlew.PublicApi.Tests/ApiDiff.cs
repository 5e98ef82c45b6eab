namespace Curlew.PublicApi.Tests;

/// <summary>The difference of two texts of <see cref="PublicApi"/>, by lines.</summary>
internal static class ApiDiff
{
    /// <summary>The lines that went (<c>-</c>) and came (<c>+</c>), the members below the line of their type.</summary>
    public static IEnumerable<string> Of(string before, string after)
    {
        var (old, now) = (Types(before), Types(after));
        foreach (var type in old.Keys.Union(now.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (gone, come) = (old.GetValueOrDefault(type, []), now.GetValueOrDefault(type, []));
            string[] changes =
            [
                .. gone.Except(come, StringComparer.Ordinal).Select(static line => $"- {line}"),
                .. come.Except(gone, StringComparer.Ordinal).Select(static line => $"+ {line}"),
            ];
            var isTold = !gone.Take(1).SequenceEqual(come.Take(1), StringComparer.Ordinal);
            foreach (var line in changes.Length > 0 && !isTold ? changes.Prepend($"  {come[0]}") : changes)
                yield return line;
        }
    }

    // A block of lines each, the type's own line first, by that line without its base types.
    private static Dictionary<string, string[]> Types(string text) =>
        text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(static block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(static lines => lines[0].Split(" : ")[0], StringComparer.Ordinal);
}
