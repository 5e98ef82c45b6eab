using System.Buffers;

namespace Curlew;

/// <summary>The rules for the names in a catalog.</summary>
internal static class EventNames
{
    private const int MaxCategoryLength = 64;

    // None that would have to be escaped in a query.
    private static readonly SearchValues<char> CategoryCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    public static string? FindTypeFault(string type)
    {
        try
        {
            return NewEvent.CheckType(type) is null ? "it has no name" : null;
        }
        catch (InvalidEventException e)
        {
            return e.Fault;
        }
    }

    public static string? FindCategoryFault(string category) =>
        category.Length is 0 or > MaxCategoryLength || category.AsSpan().ContainsAnyExcept(CategoryCharacters)
            ? $"the category '{category}' is none: it has 1 to {MaxCategoryLength} letters a to z, digits, '.', '-' and '_'"
            : null;
}
