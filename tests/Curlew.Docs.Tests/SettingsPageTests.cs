using System.Globalization;
using System.Reflection;
using Curlew.Testing;

namespace Curlew.Docs.Tests;

/// <summary>The settings page names what there is, no more and no less, with the defaults that it has.</summary>
public sealed class SettingsPageTests
{
    private const string None = "none";
    private const string Claim = "NameIdentifier";

    [Fact]
    public async Task Settings_AreThoseOfTheProgram()
    {
        var answer = await StartWronglyAsync(["--Curlew:Nonsense=1"]);

        var known = answer.Single(static line => line.Contains("Nonsense", StringComparison.Ordinal)).Split("The settings are ")[1].TrimEnd('.').Split(", ");
        (await SettingsAsync()).Select(static row => row.Name).Order(StringComparer.Ordinal).ShouldBe(known.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Defaults_AreTakenByTheProgram()
    {
        var settings = (await SettingsAsync()).Where(static row => row.Default != None).Select(static row => $"--Curlew:{row.Name}={row.Default}");

        var answer = await StartWronglyAsync([.. settings, "--Curlew:Nonsense=1"]);

        answer.Count.ShouldBe(2, string.Join('\n', answer));
    }

    [Fact]
    public async Task Defaults_AreThoseOfTheOptions()
    {
        foreach (var (name, value, option) in (await SettingsAsync()).Where(static row => row.Option.Length > 0))
        {
            object options = option.StartsWith(nameof(CurlewOptions), StringComparison.Ordinal) ? new CurlewOptions() : new HubOptions();
            Read(options, option[(option.IndexOf('.', StringComparison.Ordinal) + 1)..]).ShouldBe(value, name);
        }
    }

    [Theory]
    [InlineData(typeof(CurlewOptions))]
    [InlineData(typeof(HubOptions))]
    public async Task Options_AreDocumentedWithTheirDefaults(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var documented = Markdown.TableBelow(await PageAsync(), type.Name).ToDictionary(static row => Code(row[0]), static row => Code(row[1]), StringComparer.Ordinal);
        var options = Activator.CreateInstance(type)!;

        var actual = PathsOf(type).ToDictionary(static path => path, path => Read(options, path), StringComparer.Ordinal);

        documented.OrderBy(static row => row.Key, StringComparer.Ordinal).ShouldBe(actual.OrderBy(static row => row.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task WrongSettings_AreToldAsThePageShows()
    {
        var answer = await StartWronglyAsync(["--Curlew:KeepAlive=3", "--Curlew:QueueBytes=0"]);

        (await PageAsync()).ShouldContain(string.Join('\n', answer));
    }

    private static async Task<IReadOnlyList<string>> StartWronglyAsync(string[] settings)
    {
        await using var program = ProgramUnderTest.StartCurlew(["serve", "--urls", "http://127.0.0.1:0", .. settings]);
        (await program.WaitForExitAsync()).ShouldBe(1);
        return program.Error;
    }

    private static async Task<IReadOnlyList<(string Name, string Default, string Option)>> SettingsAsync()
    {
        var rows = Markdown.TableBelow(await PageAsync(), "Settings of the program");
        rows.ShouldNotBeEmpty();
        return [.. rows.Select(static row => (Code(row[0]), Code(row[2]), Code(row[4])))];
    }

    private static async Task<string> PageAsync() => (await RepositoryFiles.ReadTextAsync("docs/settings.md"))!;

    /// <summary>What the first code span of a cell holds, else the cell.</summary>
    private static string Code(string cell) => Markdown.CodeSpansOf(cell).FirstOrDefault() ?? cell;

    private static IEnumerable<string> PathsOf(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .SelectMany(static property => property.PropertyType == typeof(Retention) ? PathsOf(typeof(Retention)).Select(path => $"{property.Name}.{path}") : [property.Name]);

    private static string Read(object options, string path)
    {
        object? value = options;
        foreach (var name in path.Split('.'))
            value = value!.GetType().GetProperty(name)!.GetValue(value);
        return value switch
        {
            null => None,
            Delegate => Claim,
            EventCatalogBuilder => None,
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }
}
