using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Running;
using Curlew.Micro;

namespace Curlew.Bench.Tests;

/// <summary>Every micro-benchmark runs, with every parameter, and those whose figure is a promise keep it.</summary>
[Collection(nameof(MicroTests))]
public sealed class MicroTests
{
    public static IEnumerable<TheoryDataRow<Type>> Classes { get; } =
        typeof(DeliveryOfEvents).Assembly.GetTypes().Where(static type => type.GetMethods().Any(IsBenchmark)).Select(static type => new TheoryDataRow<Type>(type));

    [Fact]
    public void Benchmarks_AreThereForEachPart() =>
        Classes.Select(static row => row.Data.Name).ShouldBe(
            [
                nameof(DeliveryOfEvents),
                nameof(EncodingOfEvents),
                nameof(EventIds),
                nameof(ReadingOfEvents),
                nameof(RoutingOfEvents),
                nameof(StreamOfOneRequest),
                nameof(TopicFilters),
                nameof(WindowOfEvents),
            ],
            ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Classes))]
    public async Task Benchmarks_Run(Type type)
    {
        var cases = BenchmarkConverter.TypeToBenchmarks(type).BenchmarksCases;

        cases.ShouldNotBeEmpty();
        foreach (var item in cases)
        {
            var benchmark = Activator.CreateInstance(type)!;
            foreach (var parameter in item.Parameters.Items)
                Set(benchmark, parameter);
            item.Descriptor.GlobalSetupMethod?.Invoke(benchmark, []);
            if (item.Descriptor.WorkloadMethod.Invoke(benchmark, []) is Task running)
                await running;
            item.Descriptor.GlobalCleanupMethod?.Invoke(benchmark, []);
        }
    }

    [Theory]
    [InlineData(StreamOutput.Response)]
    [InlineData(StreamOutput.Connection)]
    public void Delivery_AllocatesNothing(StreamOutput output)
    {
        const int Streams = 1_000;
        const int Events = 100;
        using var benchmark = new DeliveryOfEvents { Streams = Streams, Output = output };
        benchmark.Open();
        // Until everything has its size, and the code is what it stays.
        for (var i = 0; i < Events; i++)
            benchmark.Deliver();

        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Events; i++)
            benchmark.Deliver();
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        // Of the whole process, so that a thread which the pool adds counts too. The smallest object has 24 bytes.
        TestContext.Current.SendDiagnosticMessage("{0} bytes", allocated);
        ((double)allocated / (Streams * Events)).ShouldBeLessThan(1);
    }

    private static bool IsBenchmark(MethodInfo method) => method.GetCustomAttribute<BenchmarkAttribute>() is not null;

    private static void Set(object benchmark, ParameterInstance parameter) => benchmark.GetType().GetProperty(parameter.Name)!.SetValue(benchmark, parameter.Value);
}

/// <summary>Alone in the process: what is allocated there is counted.</summary>
[CollectionDefinition(nameof(MicroTests), DisableParallelization = true)]
public sealed class MicroCollection;
