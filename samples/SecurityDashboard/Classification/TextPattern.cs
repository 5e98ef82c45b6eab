namespace SecurityDashboard.Classification;

/// <summary>A text in which <c>*</c> stands for any text. Case does not matter. Matching takes time linear in the text.</summary>
internal sealed class TextPattern(string pattern)
{
    private readonly string[] _parts = pattern.Split('*');

    public bool Matches(ReadOnlySpan<char> text)
    {
        if (_parts.Length == 1)
            return text.Equals(_parts[0], StringComparison.OrdinalIgnoreCase);
        if (text.Length < _parts[0].Length + _parts[^1].Length
            || !text.StartsWith(_parts[0], StringComparison.OrdinalIgnoreCase)
            || !text.EndsWith(_parts[^1], StringComparison.OrdinalIgnoreCase))
            return false;
        text = text[_parts[0].Length..^_parts[^1].Length];
        // The first place of each part is the best: it leaves the most for those that follow.
        foreach (var part in _parts.AsSpan(1, _parts.Length - 2))
        {
            var at = text.IndexOf(part, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
                return false;
            text = text[(at + part.Length)..];
        }

        return true;
    }
}
