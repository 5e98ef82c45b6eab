using SecurityDashboard.Correlation;
using static Curlew.Samples.SecurityDashboard.Tests.Lines;

namespace Curlew.Samples.SecurityDashboard.Tests.Correlation;

/// <summary>Each rule that comes with the program, by a story of which the last line completes it.</summary>
public sealed class DefaultRuleTests
{
    private static readonly Dictionary<string, string[]> Stories = new(StringComparer.Ordinal)
    {
        ["ssh-brute-force"] = [.. Many(8, i => Syslog(i, "h", $"sshd[{i}]: Failed password for root from 2001:db8::7 port 22 ssh2"))],
        ["ssh-slow-brute-force"] = [.. Many(60, i => Syslog(i * 50, "h", $"sshd[{i}]: Failed password for root from 192.0.2.7 port 22 ssh2"))],
        ["ssh-user-enumeration"] = [.. Many(6, i => Syslog(i, "h", $"sshd[{i}]: Invalid user name{i} from 192.0.2.7 port 22"))],
        ["ssh-distributed-guessing"] = [.. Many(10, i => Syslog(i * 20, "h", $"sshd[{i}]: Failed password for ann from 192.0.2.{i} port 22 ssh2"))],
        ["ssh-login-after-failures"] =
        [
            .. Many(5, i => Syslog(i * 30, "h", $"sshd[{i}]: Failed password for ann from 192.0.2.7 port 22 ssh2")),
            Syslog(200, "h", "sshd[9]: Accepted password for ann from 192.0.2.7 port 22 ssh2"),
        ],
        ["ssh-root-login"] = [Syslog(0, "h", "sshd[1]: Accepted password for root from 192.0.2.7 port 22 ssh2")],
        ["lateral-movement"] = [.. Many(3, i => Syslog(i * 60, $"host-{i}", $"sshd[{i}]: Accepted publickey for ann from 10.0.0.2 port 22 ssh2: ED25519 SHA256:x"))],
        ["web-scan"] = [.. Many(15, i => Web(i, "192.0.2.7", "-", $"GET /admin{i} HTTP/1.1", 404, 0))],
        ["web-password-guessing"] = [.. Many(20, i => Web(i, "192.0.2.7", "-", "POST /login HTTP/1.1", 401, 0))],
        ["web-attack"] = [Web(0, "192.0.2.7", "-", "GET /a;q=1+UNION+ALL+SELECT+2 HTTP/1.1", 200, 5)],
        ["data-exfiltration"] = [.. Many(5, i => Web(i * 60, "192.0.2.7", "-", $"GET /file{i} HTTP/1.1", 200, 100_000_000))],
        ["bulk-export"] = [.. Many(10, i => Web(i * 10, "192.0.2.7", "bob", $"GET /exports/{i}.csv HTTP/1.1", 200, 1_000))],
        ["sudo-failures"] = [.. Many(3, i => Syslog(i * 60, "h", "sudo:  eve : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/sh"))],
        ["privilege-escalation"] =
        [
            .. Many(2, i => Syslog(i * 60, "h", $"su[{i}]: FAILED SU (to root) eve on pts/1")),
            Syslog(300, "h", "su[9]: (to root) eve on pts/1"),
        ],
        ["hidden-root-account"] = [Syslog(0, "h", "useradd[1]: new user: name=toor, UID=0, GID=0, home=/root, shell=/bin/bash, from=none")],
        ["new-administrator"] = [Syslog(0, "h", "usermod[1]: add 'eve' to group 'sudo'")],
        ["phishing-answered"] =
        [
            Syslog(0, "mail", "postfix/cleanup[1]: 4F1A: warning: header Subject: Pay now from x.example.net[192.0.2.9]; from=<a@example.net> to=<bob@example.org>"),
            Web(600, "10.0.3.4", "bob", "POST http://examp1e.example.net/login HTTP/1.1", 200, 0),
        ],
        ["phishing-account-taken"] =
        [
            Syslog(0, "mail", "postfix/cleanup[1]: 4F1A: warning: header Subject: Pay now from x.example.net[192.0.2.9]; from=<a@example.net> to=<bob@example.org>"),
            Web(600, "10.0.3.4", "bob", "POST http://examp1e.example.net/login HTTP/1.1", 200, 0),
            Syslog(1_200, "h", "sshd[1]: Accepted password for bob from 192.0.2.9 port 22 ssh2"),
        ],
    };

    public static TheoryData<string> Rules => [.. DefaultRules.Rules.Select(static rule => rule.Id)];

    public static TheoryData<string> RulesOfSeveralLines => [.. Stories.Where(static story => story.Value.Length > 1).Select(static story => story.Key)];

    [Fact]
    public void Every_rule_has_a_story() => Stories.Keys.Order(StringComparer.Ordinal).ShouldBe(DefaultRules.Rules.Select(static rule => rule.Id).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rules))]
    public void The_last_line_of_its_story_raises_the_alert_and_none_before_does(string rule)
    {
        var raisedAt = RaisedAt(rule, Stories[rule]);

        raisedAt.ShouldBe([Stories[rule].Length - 1]);
    }

    [Theory]
    [MemberData(nameof(RulesOfSeveralLines))]
    public void Without_its_first_line_it_stays_quiet(string rule) => RaisedAt(rule, Stories[rule][1..]).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(RulesOfSeveralLines))]
    public void Told_too_slowly_it_stays_quiet(string rule)
    {
        var within = DefaultRules.Rules.Single(one => one.Id == rule).Within;
        var last = Normalise(Stories[rule][^1]).Time;
        var engine = new CorrelationEngine(DefaultRules.Rules);

        foreach (var (record, index) in Stories[rule].Select((line, index) => (Normalise(line, $"{index}"), index)))
        {
            // The last line is moved just past the window that the first one began.
            var told = index == Stories[rule].Length - 1 ? record with { Time = Normalise(Stories[rule][0]).Time + within + (within / 30) } : record;
            engine.Process(told).ShouldNotContain(detection => detection.Rule.Id == rule);
        }

        last.ShouldBeLessThan(Normalise(Stories[rule][0]).Time + within);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Its_message_names_what_it_is_about(string rule)
    {
        var engine = new CorrelationEngine(DefaultRules.Rules);
        var detections = Stories[rule].SelectMany((line, index) => engine.Process(Normalise(line, $"{index}", "web-1")));

        var message = detections.Single(detection => detection.Rule.Id == rule).Message;
        message.ShouldNotContain("{");
        message.ShouldNotContain("?", customMessage: "a field without a value");
    }

    [Fact]
    public void An_ordinary_day_raises_nothing()
    {
        string[] day =
        [
            Syslog(0, "h", "sshd[1]: Failed password for ann from 192.0.2.7 port 22 ssh2"),
            Syslog(5, "h", "sshd[1]: Accepted password for ann from 192.0.2.7 port 22 ssh2"),
            Syslog(60, "h", "sudo:  ann : TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/apt update"),
            Syslog(90, "h", "sudo:  ann : 1 incorrect password attempt ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/sh"),
            Web(100, "192.0.2.8", "-", "GET /favicon.ico HTTP/1.1", 404, 0),
            .. Many(100, i => Web(200 + i, "192.0.2.8", "-", $"GET /page{i} HTTP/1.1", 200, 100_000)),
            "a line that nobody knows",
        ];
        var engine = new CorrelationEngine(DefaultRules.Rules);

        day.SelectMany((line, index) => engine.Process(Normalise(line, $"{index}"))).ShouldBeEmpty();
    }

    private static IEnumerable<string> Many(int count, Func<int, string> line) => Enumerable.Range(1, count).Select(line);

    private static List<int> RaisedAt(string rule, string[] lines)
    {
        var engine = new CorrelationEngine(DefaultRules.Rules);
        return [.. lines.SelectMany((line, index) => engine.Process(Normalise(line, $"{index}")).Where(detection => detection.Rule.Id == rule).Select(_ => index))];
    }
}
