using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Curlew.Testing;

/// <summary>Waits for what another thread or process will do: a poll with a deadline.</summary>
public static class Eventually
{
    /// <summary>How long a condition may take if a test does not say.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Returns when the condition holds.</summary>
    /// <param name="condition">Looked at every 5 to 20 milliseconds. What it throws ends the wait.</param>
    /// <param name="deadline">How long to wait; <see cref="DefaultDeadline"/> if not given.</param>
    /// <param name="because">What the test is waiting for, for the message of a failure.</param>
    /// <param name="expression">The condition's source text; leave it to the compiler.</param>
    /// <returns>A task that ends when the condition holds.</returns>
    /// <exception cref="TimeoutException">It did not hold within the deadline.</exception>
    public static Task UntilAsync(
        Func<bool> condition,
        TimeSpan? deadline = null,
        string? because = null,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        ArgumentNullException.ThrowIfNull(condition);
        return UntilAsync(() => Task.FromResult(condition()), deadline, because, expression);
    }

    /// <inheritdoc cref="UntilAsync(Func{bool}, TimeSpan?, string?, string)"/>
    public static async Task UntilAsync(
        Func<Task<bool>> condition,
        TimeSpan? deadline = null,
        string? because = null,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        ArgumentNullException.ThrowIfNull(condition);
        var limit = deadline ?? DefaultDeadline;
        var clock = Stopwatch.StartNew();
        for (var step = TimeSpan.FromMilliseconds(5); ; step = TimeSpan.FromMilliseconds(20))
        {
            var look = condition();
            var remaining = limit - clock.Elapsed;
            try
            {
                if (await look.WaitAsync(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero))
                    return;
            }
            catch (TimeoutException) when (!look.IsCompleted)
            {
                throw Late(limit, because, expression);
            }

            if (clock.Elapsed >= limit)
                throw Late(limit, because, expression);
            await Task.Delay(step);
        }
    }

    private static TimeoutException Late(TimeSpan limit, string? because, string expression) =>
        new(because is null
            ? $"Not true within {limit.TotalSeconds:0.###} s: {expression}"
            : $"Not true within {limit.TotalSeconds:0.###} s ({because}): {expression}");
}
