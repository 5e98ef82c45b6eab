record Sensor(string Name, string Title, string Unit, double Mean, double Step)
{
    public static IReadOnlyList<Sensor> All { get; } =
    [
        new("temperature", "Temperature", "°C", 21, 0.2),
        new("humidity", "Humidity", "%", 45, 0.8),
        new("pressure", "Pressure", "hPa", 1013, 0.5),
    ];
}

record Reading(double Value);
