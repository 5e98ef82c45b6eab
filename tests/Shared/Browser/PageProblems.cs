using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Curlew.Testing;

/// <summary>What goes wrong in a page, from the moment it is watched.</summary>
internal static class PageProblems
{
    /// <summary>Watches a page that has not been navigated yet.</summary>
    /// <param name="page">The page.</param>
    /// <returns>Errors and warnings of the console, violations of the Content-Security-Policy among them, and uncaught exceptions; it grows.</returns>
    public static IReadOnlyCollection<string> Watch(IPage page)
    {
        var problems = new ConcurrentQueue<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                problems.Enqueue($"{message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => problems.Enqueue(error);
        return problems;
    }
}
