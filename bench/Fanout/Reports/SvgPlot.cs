using System.Globalization;
using System.Net;
using System.Text;
using Curlew.Bench.Fanout.Runs;

namespace Curlew.Bench.Fanout.Reports;

/// <summary>Plots as SVG, in greys and colours that can be read on a light page and on a dark one.</summary>
internal static class SvgPlot
{
    private const int Width = 720;
    private const int Left = 110;
    private const int Right = 120;
    private const int Top = 44;
    private const int BarHeight = 22;
    private const int LineHeight = 320;
    private const int Bottom = 34;
    private const string Text = "#888";
    private const string Grid = "#8885";
    private static readonly string[] Colors = ["#0a84d0", "#d9822b", "#e0b13a", "#7d5fb2", "#4d9a5b", "#b8578a", "#8a8a8a"];

    /// <summary>A bar for each name, as long as its median, with a whisker from the least to the most.</summary>
    public static string Bars(string title, IReadOnlyList<(string Name, Spread Value)> bars)
    {
        var most = NiceCeiling(bars.Max(static bar => bar.Value.Max));
        var height = Top + (bars.Count * (BarHeight + 8)) + 8;
        var svg = Begin(title, height);
        for (var i = 0; i < bars.Count; i++)
        {
            var (name, value) = bars[i];
            var y = Top + (i * (BarHeight + 8));
            var middle = y + (BarHeight / 2);
            svg.Append(CultureInfo.InvariantCulture, $"<text x='{Left - 8}' y='{middle + 4}' text-anchor='end'>{WebUtility.HtmlEncode(name)}</text>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x='{Left}' y='{y}' width='{X(value.Median) - Left:0.#}' height='{BarHeight}' fill='{Color(i)}'/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<path d='M{X(value.Min):0.#} {middle}H{X(value.Max):0.#}' stroke='{Text}' stroke-width='2'/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x='{X(value.Max) + 8:0.#}' y='{middle + 4}'>{Label(value.Median)}</text>\n");
        }

        return End(svg);

        double X(double value) => Left + (value / most * (Width - Left - Right));
    }

    /// <summary>A line for each name, over a logarithmic axis.</summary>
    public static string Lines(string title, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> lines)
    {
        var svg = Begin(title, Top + LineHeight + Bottom);
        var points = lines.SelectMany(static line => line.Points).ToList();
        if (points.Count == 0)
            return End(svg);

        var most = NiceCeiling(points.Max(static point => point.Y));
        var (first, last) = (Math.Log(points.Min(static point => point.X)), Math.Log(points.Max(static point => point.X)));
        for (var i = 0; i <= 4; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<path d='M{Left} {Y(most * i / 4):0.#}H{Width - Right}' stroke='{Grid}'/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x='{Left - 8}' y='{Y(most * i / 4) + 4:0.#}' text-anchor='end'>{Label(most * i / 4)}</text>\n");
        }

        foreach (var x in points.Select(static point => point.X).Distinct().Order())
            svg.Append(CultureInfo.InvariantCulture, $"<text x='{X(x):0.#}' y='{Top + LineHeight + 20}' text-anchor='middle'>{x:#,0}</text>\n");
        for (var i = 0; i < lines.Count; i++)
        {
            var (name, line) = lines[i];
            if (line.Count == 0)
                continue;
            var path = string.Join(' ', line.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):0.#},{Y(point.Y):0.#}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points='{path}' fill='none' stroke='{Color(i)}' stroke-width='2.5'/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x='{Width - Right + 8}' y='{Top + 12 + (i * 18)}' style='fill:{Color(i)}'>{WebUtility.HtmlEncode(name)}</text>\n");
        }

        return End(svg);

        double X(double value) => Left + ((last > first ? (Math.Log(value) - first) / (last - first) : 0.5) * (Width - Left - Right));
        double Y(double value) => Top + (LineHeight * (1 - (value / most)));
    }

    private static StringBuilder Begin(string title, int height) => new StringBuilder().Append(
        CultureInfo.InvariantCulture,
        $"""
        <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {Width} {height}' width='{Width}' height='{height}'>
        <style>text {"{"} font: 13px sans-serif; fill: {Text} {"}"} text.title {"{"} font-weight: bold {"}"}</style>
        <text class='title' x='{Left}' y='24'>{WebUtility.HtmlEncode(title)}</text>

        """);

    private static string End(StringBuilder svg) => svg.Append("</svg>\n").ToString();

    private static string Color(int index) => Colors[index % Colors.Length];

    private static string Label(double value) => value.ToString(value >= 1000 ? "#,0" : "0.##", CultureInfo.InvariantCulture);

    /// <summary>The next of 1, 2, 4, 5, 8 and 10 times a power of ten: its quarters are round.</summary>
    private static double NiceCeiling(double value)
    {
        if (value <= 0)
            return 1;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return unit * Array.Find([1.0, 2, 4, 5, 8, 10], step => step * unit >= value * 0.999_999);
    }
}
