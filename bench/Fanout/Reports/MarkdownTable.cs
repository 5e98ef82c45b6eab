using System.Text;

namespace Curlew.Bench.Fanout.Reports;

/// <summary>A table in Markdown that is also easy to read as it is.</summary>
internal static class MarkdownTable
{
    /// <summary>Writes it.</summary>
    /// <param name="lines">Its head and its rows, each as its cells.</param>
    /// <param name="isText">Whether a column holds text, which is written to its left; numbers are written to their right.</param>
    public static string Write(IReadOnlyList<string[]> lines, Func<int, bool> isText)
    {
        int[] widths = [.. Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length))];
        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            Append(lines[i].Select((cell, column) => isText(column) ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])));
            if (i == 0)
                Append(widths.Select((width, column) => isText(column) ? new string('-', width) : new string('-', width - 1) + ":"));
        }

        return text.ToString();

        void Append(IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }
}
