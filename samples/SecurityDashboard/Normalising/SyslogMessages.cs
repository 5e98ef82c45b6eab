using System.Collections.Frozen;

namespace SecurityDashboard.Normalising;

/// <summary>What the programs of a Unix system say about who may do what.</summary>
internal static class SyslogMessages
{
    private static readonly LinePattern[] Sshd =
    [
        // A user that is let in has an account, so its name holds no space.
        new("login", "success", @"^Accepted (?<method>\S+) for (?<user>\S+) from (?<address>\S+) port \d+( ssh2)?(: .*)?$"),
        new("login", "failure", @"^Failed (?<method>\S+) for (invalid user )?(?<user>.*) from (?<address>\S+) port \d+( ssh2)?(: [^ ]+ [^ ]+)?$"),
        new("unknown-user", "failure", @"^Invalid user (?<user>.*) from (?<address>\S+)( port \d+)?$"),
        new("unknown-user", "failure", @"^User (?<user>.*) from (?<address>\S+) not allowed because .*$"),
        new("too-many-attempts", "failure", @"^(error: )?maximum authentication attempts exceeded for (invalid user )?(?<user>.*) from (?<address>\S+) port \d+( ssh2)?( \[preauth\])?$"),
        new("too-many-attempts", "failure", @"^Disconnecting( (authenticating|invalid) user (?<user>.*) (?<address>\S+) port \d+)?: Too many authentication failures.*$"),
        new("authentication", "failure", @"^pam_unix\(sshd:auth\): authentication failure; .* rhost=(?<address>\S*)( +user=(?<user>.*))?$"),
        new("authentication", "failure", @"^PAM \d+ more authentication failures?; .* rhost=(?<address>\S*)( +user=(?<user>.*))?$"),
        new("session", null, @"^pam_unix\(sshd:session\): session (opened|closed) for user (?<user>[^( ]+).*$"),
        new("reverse-mapping", "failure", @"^reverse mapping checking getaddrinfo for (?<target>\S+) \[(?<address>[^\]]+)\] failed.*$"),
        new("reverse-mapping", "failure", @"^Address (?<address>\S+) maps to (?<target>\S+), but this does not map back to the address.*$"),
        new("probe", "failure", @"^Did not receive identification string from (?<address>\S+)( port \d+)?$"),
        new("probe", "failure", @"^(error: )?(Bad protocol version identification|banner exchange: Connection from|Unable to negotiate with) .*(from|with) (?<address>\S+)( port \d+)?(:.*)?$"),
        new("probe", "failure", @"^banner exchange: Connection from (?<address>\S+) port \d+: .*$"),
        new("disconnect", null, @"^(Connection (closed|reset) by|Disconnected from) ((authenticating|invalid) user (?<user>.*) |user (?<user>.*) )?(?<address>[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+)( port \d+)?( \[preauth\])?$"),
        new("disconnect", null, @"^Received disconnect from (?<address>\S+) port \d+:.*$"),
        new("disconnect", null, @"^Received disconnect from (?<address>\S+): .*$"),
    ];

    private static readonly LinePattern[] Sudo =
    [
        new("sudo", "success", @"^ *(?<user>\S+) : TTY=.*? ; USER=\S+ ; (ENV=.* ; )?COMMAND=(?<target>.*)$"),
        new("sudo", "failure", @"^ *(?<user>\S+) : [^;]+ ; TTY=.*? ; USER=\S+ ; (ENV=.* ; )?COMMAND=(?<target>.*)$"),
        new("authentication", "failure", @"^pam_unix\(sudo:auth\): authentication failure; .* user=(?<user>.*)$"),
        new("session", null, @"^pam_unix\(sudo:session\): session (opened|closed) for user (?<user>[^( ]+).*$"),
    ];

    private static readonly LinePattern[] Su =
    [
        new("su", "failure", @"^FAILED SU \(to (?<target>\S+)\) (?<user>\S+) on .*$"),
        new("su", "success", @"^\(to (?<target>\S+)\) (?<user>\S+) on .*$"),
        new("session", null, @"^pam_unix\(su(-l)?:session\): session (opened|closed) for user (?<user>[^( ]+).*$"),
    ];

    private static readonly LinePattern[] Accounts =
    [
        // An account with the id 0 is root by another name.
        new("root-account-created", "success", @"^new user: name=(?<target>[^,]+), UID=0,.*$"),
        new("account-created", "success", @"^new user: name=(?<target>[^,]+), UID=.*$"),
        new("group-changed", "success", @"^add '(?<user>[^']+)' to group '(?<target>[^']+)'$"),
        new("password-changed", "success", @"^pam_unix\(passwd:chauthtok\): password changed for (?<user>\S+)$"),
    ];

    // What follows "header" is the sender's, and so is the name after "helo=", which holds no space.
    private static readonly LinePattern[] Mail =
    [
        new("suspicious-mail", "success", @"^[0-9A-Za-z]+: warning: header (?<target>.*) from \S*\[(?<address>[^\] ]+)\]; from=<[^ ]*> to=<(?<user>[^@> ]+)[^ ]*>( proto=\S+ helo=<[^ ]*>)?$"),
    ];

    private static readonly FrozenDictionary<string, LinePattern[]> ByProgram = new Dictionary<string, LinePattern[]>(StringComparer.Ordinal)
    {
        ["sshd"] = Sshd,
        ["sudo"] = Sudo,
        ["su"] = Su,
        ["useradd"] = Accounts,
        ["usermod"] = Accounts,
        ["passwd"] = Accounts,
        ["postfix/cleanup"] = Mail,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static LogRecord Apply(LogRecord record)
    {
        foreach (var pattern in ByProgram.GetValueOrDefault(record.Program ?? "", []))
        {
            if (pattern.Apply(record) is { } told)
                return told;
        }

        return record;
    }
}
