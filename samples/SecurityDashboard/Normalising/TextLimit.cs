namespace SecurityDashboard.Normalising;

/// <summary>Keeps texts to a length.</summary>
internal static class TextLimit
{
    /// <summary>The beginning of a text, without half a character at its end.</summary>
    public static string Limit(this string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
