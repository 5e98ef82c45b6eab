using System.Net;
using System.Text.RegularExpressions;

namespace SecurityDashboard.Normalising;

/// <summary>A kind of message and what it means. Groups named <c>user</c>, <c>address</c>, <c>target</c> and <c>method</c> go to the fields of these names.</summary>
/// <remarks>
/// Lines are written by those who attack, in part: a user name may hold " from 192.0.2.1 port 22". So a pattern spans the whole message, and what an
/// attacker chooses is matched greedily, which leaves to the fixed parts what the program itself wrote last.
/// </remarks>
/// <param name="action">What was attempted.</param>
/// <param name="outcome">How it ended.</param>
/// <param name="pattern">The regular expression.</param>
internal sealed class LinePattern(string action, string? outcome, string pattern)
{
    // Without backtracking the time to match grows with the length of the line, not with the malice in it.
    public const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant;

    private readonly Regex _regex = new(pattern, Options, Regex.InfiniteMatchTimeout);

    /// <summary>The record with what its message tells; null if the message is of another kind.</summary>
    public LogRecord? Apply(LogRecord record)
    {
        var match = _regex.Match(record.Message);
        if (!match.Success)
            return null;
        return record with
        {
            Action = action,
            Outcome = outcome,
            User = Text(match, "user") ?? record.User,
            Address = CanonicalAddress(Text(match, "address")) ?? record.Address,
            Target = Text(match, "target") ?? record.Target,
            Method = Text(match, "method") ?? record.Method,
        };
    }

    public static string? Text(Match match, string group) => match.Groups[group] is { Success: true, Length: > 0 } found ? found.Value : null;

    /// <summary>One text for one address, however it was written: rules and searches compare texts.</summary>
    public static string? CanonicalAddress(string? text)
    {
        // IPAddress takes "1" and "0x7f.1" for addresses too; no log means such.
        if (text is null || !(text.Contains(':', StringComparison.Ordinal) || text.AsSpan().Count('.') == 3) || !IPAddress.TryParse(text, out var address))
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        // Of its bytes alone: a zone is a matter of the machine that wrote the line.
        return new IPAddress(address.GetAddressBytes()).ToString();
    }
}
