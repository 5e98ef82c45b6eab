namespace Curlew.Hub.CommandLine;

/// <summary>Text that comes from outside and goes to a terminal, which would obey its control characters.</summary>
internal static class PrintableText
{
    /// <returns>The text, its control characters but LF and tab replaced by U+FFFD.</returns>
    public static string Of(string text) => text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0 && text.AsSpan().IndexOfAnyInRange('\u007f', '\u009f') < 0
        ? text
        : string.Create(text.Length, text, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(text[i]) && text[i] is not ('\n' or '\t') ? '\uFFFD' : text[i];
        });
}
