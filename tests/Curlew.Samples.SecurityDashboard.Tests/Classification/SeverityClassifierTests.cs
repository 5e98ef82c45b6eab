using SecurityDashboard.Classification;

namespace Curlew.Samples.SecurityDashboard.Tests.Classification;

public sealed class SeverityClassifierTests
{
    [Theory]
    [InlineData("Mar  1 11:00:00 h useradd[1]: new user: name=toor, UID=0, GID=0", "Critical")]
    [InlineData("Mar  1 11:00:00 h sshd[1]: Accepted password for root from 192.0.2.7 port 22 ssh2", "High")]
    [InlineData("Mar  1 11:00:00 h su[1]: FAILED SU (to root) eve on pts/0", "High")]
    [InlineData("Mar  1 11:00:00 h sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2", "Medium")]
    [InlineData("""192.0.2.7 - - [01/Mar/2026:11:00:00 +0000] "GET / HTTP/1.1" 503 0""", "Medium")]
    [InlineData("[Sun Dec 04 06:18:55 2005] [error] broken", "Medium")]
    [InlineData("Mar  1 11:00:00 h sshd[1]: Failed password for ann from 192.0.2.7 port 22 ssh2", "Low")]
    [InlineData("""192.0.2.7 - - [01/Mar/2026:11:00:00 +0000] "GET / HTTP/1.1" 404 0""", "Low")]
    [InlineData("Mar  1 11:00:00 h sshd[1]: Accepted publickey for root from 192.0.2.7 port 22 ssh2", "Info")]
    [InlineData("""192.0.2.7 - - [01/Mar/2026:11:00:00 +0000] "GET / HTTP/1.1" 200 0""", "Info")]
    [InlineData("nothing that is known", "Unknown")]
    public void The_default_rules_tell_how_much_a_line_matters(string line, string severity)
    {
        Lines.DefaultRules.Classifier.Classify(Lines.Normalise(line)).Severity.ToString().ShouldBe(severity);
    }

    [Theory]
    [InlineData("abc", "ABC", true)]
    [InlineData("abc", "abcd", false)]
    [InlineData("*", "", true)]
    [InlineData("a*", "abc", true)]
    [InlineData("*c", "abc", true)]
    [InlineData("*b*", "abc", true)]
    [InlineData("a*c*e", "abcde", true)]
    [InlineData("a*c*e", "abde", false)]
    [InlineData("ab*ba", "aba", false)]
    [InlineData("*ab*ab*", "xaby", false)]
    [InlineData("**", "x", true)]
    public void A_star_stands_for_any_text(string pattern, string text, bool matches)
    {
        new TextPattern(pattern).Matches(text).ShouldBe(matches);
    }
}
