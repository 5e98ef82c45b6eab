using System.Reflection;
using Curlew.Testing;

namespace Curlew.PublicApi.Tests;

public sealed class PublicApiTests
{
    private const string AcceptVariable = "CURLEW_ACCEPT_API";

    [Theory]
    [InlineData("Curlew.Protocol")]
    [InlineData("Curlew")]
    [InlineData("Curlew.AspNetCore")]
    [InlineData("Curlew.Client")]
    [InlineData("Curlew.Client.Hosting")]
    [InlineData("Curlew.Redis")]
    public async Task PublicApi_IsTheRecordedOne(string project)
    {
        var file = Repository.PathOf($"src/{project}/PublicAPI.txt");
        var actual = PublicApi.Render(Assembly.Load(project));
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
            await File.WriteAllTextAsync(file, actual, TestContext.Current.CancellationToken);

        var recorded = File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : "";

        if (recorded == actual)
            return;
        Assert.Fail(
            $"""
            The public API of {project} is not the one recorded in src/{project}/PublicAPI.txt:
            {string.Join('\n', ApiDiff.Of(recorded, actual))}
            If that is meant, accept it and commit the file:
            {AcceptVariable}=1 dotnet test tests/Curlew.PublicApi.Tests
            """);
    }

    [Fact]
    public void PublicApi_RendersEveryKindOfDeclaration()
    {
        const string Expected =
            """
            public static class Curlew.PublicApi.Tests.Samples
              public static bool Try<T>(this T[]? items, ref readonly int at, out T? item) where T : class, System.IDisposable, new()
              public static void Configure(System.Action<Curlew.PublicApi.Tests.Samples.Kind, string?>? configure = null, Curlew.PublicApi.Tests.Samples.Kind kind = Curlew.PublicApi.Tests.Samples.Kind.Two, string text = "a", int? limit = 5, System.Threading.CancellationToken cancel = default, params int[] rest)

            public abstract class Curlew.PublicApi.Tests.Samples.Base : System.IDisposable
              protected Base()
              protected abstract string? Name { get; }
              public const int Limit = 3
              public event System.EventHandler? Changed
              public required int Size { get; init; }
              public string this[int index] { get; protected set; }
              public virtual void Dispose()

            public class Curlew.PublicApi.Tests.Samples.Box<T> : Curlew.PublicApi.Tests.Samples.Base where T : notnull
              [Obsolete] public System.Collections.Generic.List<T?> Get(T key)
              protected override string? Name { get; }
              public Box()
              public sealed override void Dispose()

            [Flags] public enum Curlew.PublicApi.Tests.Samples.Kind : byte
              One = 1
              Two = 2

            public delegate System.Threading.Tasks.Task<T> Curlew.PublicApi.Tests.Samples.Maker<T>(string name)

            public readonly record struct Curlew.PublicApi.Tests.Samples.Point : System.IEquatable<Curlew.PublicApi.Tests.Samples.Point>
              public Point(int X, int Y)
              public int X { get; init; }
              public int Y { get; init; }

            """;
        var actual = PublicApi.Render(typeof(Samples).GetNestedTypes().Prepend(typeof(Samples)));
        Assert.True(actual == Expected, string.Join('\n', ApiDiff.Of(Expected, actual)) + "\n\n" + actual);
    }

    [Fact]
    public void ApiDiff_ShowsWhatCameAndWentBelowItsType() =>
        ApiDiff.Of("class A\n  int B\n  int C\n\nclass D\n  int E\n", "class A\n  int B\n  long C\n\nclass D : A\n  int E\n\nclass F\n")
            .ShouldBe(["  class A", "-   int C", "+   long C", "- class D", "+ class D : A", "+ class F"]);
}
