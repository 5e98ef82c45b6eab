using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Curlew.Tests.Hubs;

public sealed class HubOptionsTests
{
    [Fact]
    public void FindFaults_TheDefaults_AreValid() => new HubOptions().FindFaults().ShouldBeEmpty();

    [Fact]
    public void FindFaults_TheSmallestValues_AreValid()
    {
        var options = new HubOptions
        {
            QueueBytes = 1,
            MaxEventBytes = 1,
            MaxBatchBytes = 1,
            MaxTopicsPerEvent = 1,
            MaxIdempotencyKeys = 1,
            MaxUnroutedEvents = 1,
            WindowBytes = 1,
            OutboxEvents = 1,
            OutboxBytes = 1,
            IdempotencyLifetime = TimeSpan.FromTicks(1),
            AppendTimeout = TimeSpan.FromTicks(1),
            Retention = { MaxEvents = 1, MaxBytes = 1, MaxAge = TimeSpan.FromTicks(1) },
        };

        options.FindFaults().ShouldBeEmpty();
    }

    [Fact]
    public async Task StartAsync_EverySettingWrong_ListsThemAllInOneMessage()
    {
        using var host = Build(static services => services.AddCurlewCore(SetAllWrong));

        var refusal = await Should.ThrowAsync<OptionsValidationException>(host.StartAsync());

        refusal.Failures.ShouldBe(
        [
            "Retention.MaxEvents is 0; it must be at least 1.",
            "Retention.MaxBytes is 0; it must be at least 1.",
            "Retention.MaxAge is 00:00:00; it must be positive, or null for no limit.",
            "SlowConsumer is 42; it must be Resume, Disconnect or DropOldest.",
            "QueueBytes is 0; it must be at least 1.",
            "MaxEventBytes is 0; it must be at least 1.",
            "MaxBatchBytes is -1; it must be at least MaxEventBytes (0).",
            "MaxTopicsPerEvent is 0; it must be at least 1.",
            "IdempotencyLifetime is 00:00:00; it must be positive.",
            "MaxIdempotencyKeys is 0; it must be at least 1.",
            "MaxUnroutedEvents is 0; it must be at least 1.",
            "AppendTimeout is 00:00:00; it must be positive.",
            "WindowBytes is 0; it must be at least 1.",
            "OutboxEvents is 0; it must be at least 1.",
            "OutboxBytes is 0; it must be at least 1.",
        ]);
        refusal.Failures.ShouldAllBe(failure => refusal.Message.Contains(failure, StringComparison.Ordinal));
    }

    [Fact]
    public async Task StartAsync_TwoHubsWithAFaultEach_NamesBoth()
    {
        using var host = Build(static services => services.AddCurlewCore()
            .AddHub("orders", static options => options.QueueBytes = 0)
            .AddHub("prices", static options => options.OutboxEvents = -1));

        var refusal = await Should.ThrowAsync<AggregateException>(host.StartAsync());

        refusal.Message.ShouldContain("Hub 'orders': QueueBytes is 0; it must be at least 1.");
        refusal.Message.ShouldContain("Hub 'prices': OutboxEvents is -1; it must be at least 1.");
        refusal.InnerExceptions.Count.ShouldBe(2);
    }

    private static IHost Build(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        configure(builder.Services);
        return builder.Build();
    }

    private static void SetAllWrong(HubOptions options)
    {
        options.Retention.MaxEvents = 0;
        options.Retention.MaxBytes = 0;
        options.Retention.MaxAge = TimeSpan.Zero;
        options.SlowConsumer = (SlowConsumerPolicy)42;
        options.QueueBytes = 0;
        options.MaxEventBytes = 0;
        options.MaxBatchBytes = -1;
        options.MaxTopicsPerEvent = 0;
        options.IdempotencyLifetime = TimeSpan.Zero;
        options.MaxIdempotencyKeys = 0;
        options.MaxUnroutedEvents = 0;
        options.AppendTimeout = TimeSpan.Zero;
        options.WindowBytes = 0;
        options.OutboxEvents = 0;
        options.OutboxBytes = 0;
    }
}
