using System.Globalization;

namespace Curlew.Hub.EndToEndTests;

/// <summary>Lines as a busy SSH server writes them, each with a number that no other has.</summary>
internal static class LogLines
{
    private static readonly string[] Users = ["root", "admin", "webmaster", "oracle", "test", "git", "0101"];

    public static IEnumerable<string> Make(int count, Random random)
    {
        var time = new DateTime(2026, 12, 10, 6, 55, 46, DateTimeKind.Utc);
        for (var number = 0; number < count; number++)
        {
            time = time.AddSeconds(random.Next(4));
            var address = $"{random.Next(1, 224)}.{random.Next(256)}.{random.Next(256)}.{random.Next(1, 255)}";
            var user = Users[random.Next(Users.Length)];
            var port = random.Next(1024, 65536);
            var message = random.Next(6) switch
            {
                0 => $"Invalid user {user} from {address}",
                1 => $"Failed password for invalid user {user} from {address} port {port} ssh2",
                2 => $"reverse mapping checking getaddrinfo for ns.example.net [{address}] failed - POSSIBLE BREAK-IN ATTEMPT!",
                3 => $"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={address}  user={user}",
                4 => $"Received disconnect from {address}: 11: Bye Bye [preauth]",
                _ => $"Connection closed by {address} [preauth]",
            };
            yield return string.Create(CultureInfo.InvariantCulture, $"{time:MMM dd HH:mm:ss} LabSZ sshd[{24200 + number}]: {message}");
        }
    }
}
