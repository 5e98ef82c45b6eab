/// <summary>Stands in for sensors: values that wander about their means.</summary>
sealed class Simulation(IEventPublisher events, IConfiguration configuration, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var random = new Random(1);
        var values = Sensor.All.Select(sensor => sensor.Mean).ToArray();
        using var timer = new PeriodicTimer(configuration.GetValue("Sensors:Interval", TimeSpan.FromMilliseconds(500)), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            for (var i = 0; i < values.Length; i++)
            {
                var sensor = Sensor.All[i];
                values[i] += (sensor.Step * ((2 * random.NextDouble()) - 1)) + (0.05 * (sensor.Mean - values[i]));
                await events.PublishAsync($"sensors/{sensor.Name}", new Reading(Math.Round(values[i], 2)), cancellationToken: stoppingToken);
            }
        }
    }
}
