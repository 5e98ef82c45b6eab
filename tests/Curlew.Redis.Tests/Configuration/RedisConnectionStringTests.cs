namespace Curlew.Redis.Tests.Configuration;

public sealed class RedisConnectionStringTests
{
    [Theory]
    [InlineData("localhost", "localhost:6379")]
    [InlineData("a:1,b:2", "a:1 b:2")]
    [InlineData("a,ssl=true", "a:6380")]
    [InlineData("a,b,serviceName=s", "a:26379 b:26379")]
    [InlineData("::1", "[::1]:6379")]
    [InlineData("[::1]:7000,fe80::2", "[::1]:7000 [fe80::2]:6379")]
    [InlineData("redis://localhost", "localhost:6379")]
    [InlineData("rediss://h", "h:6379")]
    [InlineData("redis://[::1]:7000/2", "[::1]:7000")]
    [InlineData("redis://a:1,b:2", "a:1 b:2")]
    public void Parse_GivesEndpoints(string text, string endpoints) =>
        string.Join(' ', RedisConfiguration.Parse(text).Endpoints).ShouldBe(endpoints);

    [Fact]
    public void Parse_AList_TakesEveryOption()
    {
        var configuration = RedisConfiguration.Parse(
            "h:1, user=u , password=p=1,Name=n,defaultDatabase=3,SSL=True,sslHost=s,serviceName=m,sentinelUser=su,sentinelPassword=sp,"
            + "connectTimeout=100,asyncTimeout=200,keepAlive=9,protocol=resp2,abortConnect=false,allowAdmin=true,connectRetry=3,resolveDns=true");

        configuration.User.ShouldBe("u");
        configuration.Password.ShouldBe("p=1");
        configuration.ClientName.ShouldBe("n");
        configuration.Database.ShouldBe(3);
        configuration.Tls.ShouldBeTrue();
        configuration.TlsHost.ShouldBe("s");
        configuration.ServiceName.ShouldBe("m");
        configuration.SentinelUser.ShouldBe("su");
        configuration.SentinelPassword.ShouldBe("sp");
        configuration.ConnectTimeout.ShouldBe(TimeSpan.FromMilliseconds(100));
        configuration.CommandTimeout.ShouldBe(TimeSpan.FromMilliseconds(200));
        configuration.KeepAlive.ShouldBe(TimeSpan.FromSeconds(9));
        configuration.Protocol.ShouldBe(RespProtocol.Resp2);
    }

    [Theory]
    [InlineData("redis://u:p@h", "u", "p")]
    [InlineData("redis://:p@h", null, "p")]
    [InlineData("redis://u%40x:p%2F%3A%25@h", "u@x", "p/:%")]
    [InlineData("redis://u:p@ss@h", "u", "p@ss")]
    [InlineData("redis://h", null, null)]
    public void Parse_AUrl_DecodesUserAndPassword(string text, string? user, string? password)
    {
        var configuration = RedisConfiguration.Parse(text);

        configuration.User.ShouldBe(user);
        configuration.Password.ShouldBe(password);
        configuration.Endpoints.ShouldBe([new("h", 6379)]);
    }

    [Fact]
    public void Parse_AUrl_TakesDatabaseAndOptions()
    {
        var configuration = RedisConfiguration.Parse("rediss://:p@h:1/4?name=a%2Db&protocol=resp3");

        configuration.Tls.ShouldBeTrue();
        configuration.Database.ShouldBe(4);
        configuration.ClientName.ShouldBe("a-b");
        configuration.Protocol.ShouldBe(RespProtocol.Resp3);
    }

    [Theory]
    [InlineData("", "names no host")]
    [InlineData("password=secret", "names no host")]
    [InlineData("h,secret!x", "host")]
    [InlineData("h:0", "host")]
    [InlineData("h:99999", "host")]
    [InlineData("h,pasword=secret", "unknown option 'pasword'. The options are user, password,")]
    [InlineData("h,password=a,secret#=b", "unknown option.")]
    [InlineData("h,ssl=secret", "'ssl'")]
    [InlineData("h,defaultDatabase=-1", "'defaultDatabase'")]
    [InlineData("h,connectTimeout=0", "'connectTimeout'")]
    [InlineData("h,protocol=secret", "'protocol'")]
    [InlineData("h,name=a b", "'name'")]
    [InlineData("h,user=secret", "without a password")]
    [InlineData("redis://secret@h", "without a password")]
    [InlineData("redis://:secret@", "names no host")]
    [InlineData("redis://h/secret", "'defaultDatabase'")]
    [InlineData("http://:secret@h", "redis://")]
    public void Parse_AWrongString_SaysWhatIsWrongAndNoSecret(string text, string expected)
    {
        var message = Should.Throw<FormatException>(() => RedisConfiguration.Parse(text)).Message;

        message.ShouldContain(expected);
        message.ShouldNotContain("secret");
    }

    [Fact]
    public void ToString_SaysAllButTheSecrets()
    {
        var text = RedisConfiguration.Parse("h:1,user=u,password=secret1,sentinelUser=su,sentinelPassword=secret2,serviceName=m,ssl=true,defaultDatabase=2").ToString();

        text.ShouldBe("RedisConfiguration { h:1,serviceName=m,user=u,password=***,sentinelUser=su,sentinelPassword=***,ssl=true,defaultDatabase=2 }");
    }
}
