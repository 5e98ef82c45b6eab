using System.Text.Json;
using Microsoft.Playwright;

namespace Curlew.Testing;

/// <summary>The contrast of every text that is seen on a page, by WCAG 2.2, 1.4.3.</summary>
/// <param name="Measured">How many texts there were.</param>
/// <param name="Failures">Those below level AA.</param>
internal sealed record TextContrast(int Measured, string[] Failures)
{
    private static readonly string Script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "contrast.js"));

    public static async Task<TextContrast> MeasureAsync(IPage page) =>
        (await page.EvaluateAsync<JsonElement>(Script)).Deserialize<TextContrast>(JsonSerializerOptions.Web).ShouldNotBeNull();
}
