using SecurityDashboard.Normalising;

namespace Curlew.Samples.SecurityDashboard.Tests.Normalising;

public sealed class LogNormaliserTests
{
    [Theory]
    [InlineData("Failed password for root from 192.0.2.7 port 47147 ssh2", "login", "failure", "root", "192.0.2.7")]
    [InlineData("Failed password for invalid user operator from 192.0.2.7 port 53492 ssh2", "login", "failure", "operator", "192.0.2.7")]
    [InlineData("Failed none for invalid user guest from 192.0.2.7 port 53492 ssh2", "login", "failure", "guest", "192.0.2.7")]
    [InlineData("Failed publickey for git from 2001:DB8:0:0:0:0:0:1 port 50022 ssh2: RSA SHA256:abc", "login", "failure", "git", "2001:db8::1")]
    [InlineData("Failed password for root from ::ffff:192.0.2.7 port 22 ssh2", "login", "failure", "root", "192.0.2.7")]
    [InlineData("Failed password for root from fe80::1%eth0 port 22 ssh2", "login", "failure", "root", "fe80::1")]
    [InlineData("Failed password for invalid user  from 192.0.2.7 port 22 ssh2", "login", "failure", null, "192.0.2.7")]
    [InlineData("Failed password for invalid user two words from 192.0.2.7 port 22 ssh2", "login", "failure", "two words", "192.0.2.7")]
    [InlineData("Failed password for invalid user Zoë from 192.0.2.7 port 22 ssh2", "login", "failure", "Zoë", "192.0.2.7")]
    [InlineData("Accepted password for fztu from 192.0.2.7 port 49116 ssh2", "login", "success", "fztu", "192.0.2.7")]
    [InlineData("Accepted publickey for ann from 2001:db8::5 port 49116 ssh2: ED25519 SHA256:xyz", "login", "success", "ann", "2001:db8::5")]
    [InlineData("Invalid user webmaster from 192.0.2.7", "unknown-user", "failure", "webmaster", "192.0.2.7")]
    [InlineData("Invalid user a b from 192.0.2.7 port 22", "unknown-user", "failure", "a b", "192.0.2.7")]
    [InlineData("User mallory from 192.0.2.7 not allowed because not listed in AllowUsers", "unknown-user", "failure", "mallory", "192.0.2.7")]
    [InlineData("error: maximum authentication attempts exceeded for invalid user x from 192.0.2.7 port 22 ssh2 [preauth]", "too-many-attempts", "failure", "x", "192.0.2.7")]
    [InlineData("Disconnecting: Too many authentication failures for admin [preauth]", "too-many-attempts", "failure", null, null)]
    [InlineData("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root", "authentication", "failure", "root", "192.0.2.7")]
    [InlineData("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=host.example.net", "authentication", "failure", null, null)]
    [InlineData("PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root", "authentication", "failure", "root", "192.0.2.7")]
    [InlineData("pam_unix(sshd:session): session opened for user ann(uid=1000) by (uid=0)", "session", null, "ann", null)]
    [InlineData("reverse mapping checking getaddrinfo for a.example.net [192.0.2.7] failed - POSSIBLE BREAK-IN ATTEMPT!", "reverse-mapping", "failure", null, "192.0.2.7")]
    [InlineData("Did not receive identification string from 192.0.2.7", "probe", "failure", null, "192.0.2.7")]
    [InlineData("banner exchange: Connection from 192.0.2.7 port 40000: invalid format", "probe", "failure", null, "192.0.2.7")]
    [InlineData("Connection closed by 192.0.2.7 [preauth]", "disconnect", null, null, "192.0.2.7")]
    [InlineData("Connection closed by authenticating user root 192.0.2.7 port 40000 [preauth]", "disconnect", null, "root", "192.0.2.7")]
    [InlineData("Disconnected from user ann 2001:db8::5 port 40000", "disconnect", null, "ann", "2001:db8::5")]
    [InlineData("Received disconnect from 192.0.2.7: 11: Bye Bye [preauth]", "disconnect", null, null, "192.0.2.7")]
    [InlineData("Received disconnect from 2001:db8::5 port 40000:11: disconnected by user", "disconnect", null, null, "2001:db8::5")]
    [InlineData("Server listening on 0.0.0.0 port 22.", null, null, null, null)]
    public void The_ssh_server_s_messages_are_told_apart(string message, string? action, string? outcome, string? user, string? address)
    {
        var record = Lines.Normalise($"Dec 10 09:11:45 LabSZ sshd[24456]: {message}");

        (record.Action, record.Outcome, record.User, record.Address).ShouldBe((action, outcome, user, address));
        (record.Host, record.Program, record.Message, record.IsMalformed).ShouldBe(("LabSZ", "sshd", message, false));
    }

    [Theory]
    // A user name is whatever the other side sends; the address is what the server writes last.
    [InlineData("Failed password for invalid user root from 198.51.100.1 port 22 ssh2 from 192.0.2.66 port 4711 ssh2")]
    [InlineData("Failed password for invalid user x from 198.51.100.1 port 22 ssh2: y from 192.0.2.66 port 4711 ssh2")]
    [InlineData("Failed password for invalid user Accepted password for root from 198.51.100.1 port 22 ssh2 from 192.0.2.66 port 4711 ssh2")]
    [InlineData("Invalid user a from 198.51.100.1 port 22 from 192.0.2.66 port 4711")]
    [InlineData("Invalid user a from 198.51.100.1 port 22 from 192.0.2.66")]
    [InlineData("Connection closed by invalid user root 198.51.100.1 port 22 192.0.2.66 port 4711 [preauth]")]
    public void A_user_name_that_is_written_like_a_message_accuses_nobody_else(string message)
    {
        var record = Lines.Normalise($"Dec 10 09:11:45 LabSZ sshd[24456]: {message}");

        record.Address.ShouldBe("192.0.2.66");
        record.Outcome.ShouldNotBe("success", StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id", "sudo", "success", "alice", "/usr/bin/id")]
    [InlineData("sudo:    alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/bash", "sudo", "failure", "alice", "/bin/bash")]
    [InlineData("sudo:  mallory : user NOT in sudoers ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh -c id", "sudo", "failure", "mallory", "/bin/sh -c id")]
    [InlineData("su[77]: FAILED SU (to root) mallory on pts/1", "su", "failure", "mallory", "root")]
    [InlineData("su[77]: (to root) alice on pts/1", "su", "success", "alice", "root")]
    [InlineData("useradd[88]: new user: name=toor, UID=0, GID=0, home=/root, shell=/bin/bash, from=none", "root-account-created", "success", null, "toor")]
    [InlineData("useradd[88]: new user: name=bob, UID=1001, GID=1001, home=/home/bob, shell=/bin/bash, from=none", "account-created", "success", null, "bob")]
    [InlineData("usermod[99]: add 'mallory' to group 'sudo'", "group-changed", "success", "mallory", "sudo")]
    [InlineData("postfix/cleanup[1]: 4F1A: warning: header Subject: Hello from relay.example.net[192.0.2.9]; from=<a@example.net> to=<bob@example.org> proto=ESMTP helo=<relay.example.net>", "suspicious-mail", "success", "bob", "Subject: Hello")]
    [InlineData("postfix/cleanup[1]: 4F1A: warning: header Subject: from x[198.51.100.1]; from=<> to=<eve> from relay[192.0.2.9]; from=<a@b> to=<bob@example.org>", "suspicious-mail", "success", "bob", "Subject: from x[198.51.100.1]; from=<> to=<eve>")]
    [InlineData("cron[5]: (root) CMD (run-parts)", null, null, null, null)]
    public void Messages_about_rights_accounts_and_mail_are_told_apart(string rest, string? action, string? outcome, string? user, string? target)
    {
        var record = Lines.Normalise($"2026-03-01T11:59:00.123456+00:00 app-1 {rest}");

        (record.Action, record.Outcome, record.User, record.Target).ShouldBe((action, outcome, user, target));
    }

    [Fact]
    public void A_message_that_syslog_counted_is_worth_its_number()
    {
        var record = Lines.Normalise("Dec 10 09:11:45 LabSZ sshd[1]: message repeated 5 times: [ Failed password for root from 192.0.2.7 port 22 ssh2]");

        (record.Count, record.User, record.Address).ShouldBe((5, "root", "192.0.2.7"));
        Lines.Normalise("Dec 10 09:11:45 LabSZ sshd[1]: message repeated 999999999 times: [ Server listening]").Count.ShouldBe(10_000);
    }

    [Fact]
    public void The_sessions_of_newer_ssh_servers_are_the_ssh_server_s()
    {
        Lines.Normalise("<38>Mar  1 11:00:00 h sshd-session[7]: Accepted password for ann from 192.0.2.7 port 1 ssh2").Action.ShouldBe("login");
    }

    [Theory]
    [InlineData("Mar  1 11:59:59", "2026-03-01T11:59:59Z")]
    [InlineData("Mar  2 11:59:59", "2026-03-02T11:59:59Z", "within a day, as other zones are; but still to come")]
    [InlineData("Mar 10 00:00:00", "2025-03-10T00:00:00Z")]
    [InlineData("Dec 31 23:59:59", "2025-12-31T23:59:59Z")]
    [InlineData("Feb 29 10:00:00", "2024-02-29T10:00:00Z")]
    public void A_date_without_a_year_is_the_newest_that_is_not_to_come(string date, string expected, string? butReadNow = null)
    {
        var time = Lines.Normalise($"{date} h sshd[1]: x").Time;

        time.ShouldBe(butReadNow is null ? DateTimeOffset.Parse(expected, null) : Lines.Now);
    }

    [Theory]
    [InlineData("2026-03-01T12:04:00Z", "2026-03-01T12:04:00Z")]
    [InlineData("2026-03-01T12:06:00Z", "2026-03-01T12:00:00Z")]
    [InlineData("2099-01-01T00:00:00+02:00", "2026-03-01T12:00:00Z")]
    [InlineData("2026-03-01T13:30:00.5+02:00", "2026-03-01T11:30:00.5Z")]
    public void A_time_that_is_still_to_come_is_not_believed(string written, string expected)
    {
        Lines.Normalise($"{written} h sshd[1]: x").Time.ShouldBe(DateTimeOffset.Parse(expected, null));
    }

    [Theory]
    [InlineData("""192.0.2.7 - - [01/Mar/2026:11:00:00 +0100] "GET /a?b=c HTTP/1.1" 200 512 "-" "Mozilla/5.0 \"x\"" """, "192.0.2.7", null, "GET", "/a?b=c", 200, 512L, "success")]
    [InlineData("""2001:db8:0::7 - ann [01/Mar/2026:11:00:00 +0100] "POST /login HTTP/2.0" 403 -""", "2001:db8::7", "ann", "POST", "/login", 403, null, "denied")]
    [InlineData("""192.0.2.7 - a b [01/Mar/2026:11:00:00 +0100] "GET / HTTP/1.1" 401 0 "-" "-" """, "192.0.2.7", "a b", "GET", "/", 401, 0L, "denied")]
    [InlineData("""192.0.2.7 - - [01/Mar/2026:11:00:00 +0100] "\x16\x03\x01" 400 150 "-" "-" """, "192.0.2.7", null, null, @"\x16\x03\x01", 400, 150L, "failure")]
    [InlineData("""192.0.2.7 - - [01/Mar/2026:11:00:00 +0100] "GET /\" 200 9 HTTP/1.1" 404 7 "-" "-" """, "192.0.2.7", null, "GET", "/\\\" 200 9", 404, 7L, "failure")]
    [InlineData("""192.0.2.7 - x [01/Mar/2020:11:00:00 +0100] \"GET / [01/Mar/2026:11:00:00 +0100] "GET /real HTTP/1.1" 401 0""", "192.0.2.7", "x [01/Mar/2020:11:00:00 +0100] \\\"GET /", "GET", "/real", 401, 0L, "denied")]
    [InlineData("""host.example.net - - [01/Mar/2026:11:00:00 +0100] "GET / HTTP/1.0" 304 0""", null, null, "GET", "/", 304, 0L, "success")]
    [InlineData("""192.0.2.7 - - [01/Mar/2026:11:00:00 +0100] "GET / HTTP/1.1" 200 999999999999999999""", "192.0.2.7", null, "GET", "/", 200, 999999999999999999L, "success")]
    public void A_web_server_s_lines_are_read(
        string line, string? address, string? user, string? method, string target, int status, long? bytes, string outcome)
    {
        var record = Lines.Normalise(line.Trim(), host: "web-1");

        (record.Address, record.User, record.Method, record.Target).ShouldBe((address, user, method, target));
        (record.Status, record.Bytes, record.Outcome, record.Action).ShouldBe((status, bytes, outcome, "request"));
        (record.Host, record.Program, record.Time).ShouldBe(("web-1", "web", new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData("[Sun Dec 04 06:18:55 2005] [error] mod_jk child workerEnv in error state 7", "server-error", null)]
    [InlineData("[Sun Dec 04 06:18:55 2005] [notice] [client 192.0.2.7] Directory index forbidden", "server-notice", "192.0.2.7")]
    [InlineData("[Sun Dec 04 06:18:55.123456 2005] [core:error] [pid 12:tid 34] [client 192.0.2.7:5555] File does not exist", "server-error", "192.0.2.7")]
    public void The_error_log_of_Apache_is_read(string line, string action, string? address)
    {
        var record = Lines.Normalise(line);

        (record.Action, record.Address, record.Time.Year, record.IsMalformed).ShouldBe((action, address, 2005, false));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("Dec 10")]
    [InlineData("Xyz 10 09:11:45 host sshd[1]: Accepted password for root from 192.0.2.7 port 22 ssh2")]
    [InlineData("2026-13-45T99:99:99Z host sshd[1]: x")]
    [InlineData("""192.0.2.7 - - [99/Mar/2026:11:00:00 +0100] "GET / HTTP/1.1" 200 5""")]
    [InlineData("\u0000\u0001\u001b[31m")]
    [InlineData("{\"a\":1}")]
    public void What_is_in_no_known_format_is_kept_as_it_is(string line)
    {
        var record = Lines.Normalise(line, id: "7");

        record.ShouldBe(new LogRecord { Id = "7", Time = Lines.Now, Source = "test.log", Message = line, Raw = line, IsMalformed = true });
    }

    [Fact]
    public void What_rules_remember_of_a_record_is_bounded()
    {
        var record = Lines.Normalise($"Mar  1 11:00:00 h sshd[1]: Failed password for invalid user {new string('x', 5_000)} from 192.0.2.7 port 22 ssh2");

        record.User!.Length.ShouldBe(256);
        record.Address.ShouldBe("192.0.2.7");
        Lines.Normalise($"Mar  1 11:00:00 h sshd[1]: Invalid user {new string('x', 255)}😀 from 192.0.2.7").User.ShouldBe(new string('x', 255));
    }
}
