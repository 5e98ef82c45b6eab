[assembly: AssemblyFixture(typeof(Curlew.Samples.BrowserTests.RunningSamples))]

namespace Curlew.Samples.BrowserTests;

/// <summary>Samples that many tests may use at once, each started when it is first asked for. They run to the end of the last test, and must end well.</summary>
public sealed class RunningSamples : IAsyncDisposable
{
    private readonly Dictionary<string, Sample> _samples = new(StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        foreach (var sample in _samples.Values)
            await sample.DisposeAsync();
    }

    /// <summary>Gives a sample that runs with these settings. Tests come one after the other, so nothing is locked.</summary>
    internal async Task<Sample> GetAsync(string name, params string[] settings)
    {
        var key = string.Join(' ', [name, .. settings]);
        if (!_samples.TryGetValue(key, out var sample))
            _samples.Add(key, sample = await Sample.StartAsync(name, settings));
        return sample;
    }
}
