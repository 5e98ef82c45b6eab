namespace Curlew.Hub.Tests.CommandLine;

public sealed class CurlewProgramTests
{
    [Fact]
    public async Task Help_names_each_command_and_shows_examples()
    {
        var terminal = new TestTerminal();

        (await terminal.RunAsync("--help")).ShouldBe(0);

        foreach (var command in (string[])["serve", "publish", "pipe", "tail"])
            terminal.Output.ShouldContain($"\n  {command} ");
        terminal.Output.ShouldContain("Examples:\n  curlew ");
        terminal.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("serve", "--insecure", "--urls http://0.0.0.0:5080 --insecure")]
    [InlineData("publish", "--hub", "--type status --key payment-991")]
    [InlineData("pipe", "--batch-delay", "--rate 200")]
    [InlineData("tail", "--since", "--since 10m")]
    public async Task Help_of_a_command_explains_its_options_and_ends_with_its_own_examples(string command, string option, string example)
    {
        var terminal = new TestTerminal();

        (await terminal.RunAsync(command, "--help")).ShouldBe(0);

        terminal.Output.ShouldContain(option);
        terminal.Output[terminal.Output.IndexOf("Examples:", StringComparison.Ordinal)..].ShouldContain(example);
    }

    [Fact]
    public async Task Version_is_printed()
    {
        var terminal = new TestTerminal();

        (await terminal.RunAsync("--version")).ShouldBe(0);

        terminal.Output.ShouldMatch(@"^\d+\.\d+\.\d+");
    }

    [Theory]
    [InlineData("'bogus'", "bogus")]
    [InlineData("There is no option --url.", "--url", "http://127.0.0.1:1")]
    [InlineData("There is no option --inseucre.", "--inseucre")]
    [InlineData("'5080' is no setting", "serve", "5080")]
    [InlineData("--Curlew:KeepAlive needs a value", "--Curlew:KeepAlive")]
    [InlineData("'publish'", "publish")]
    [InlineData("'surplus'", "publish", "topic", "data", "surplus")]
    [InlineData("http:// or https://, not 'ftp://example.org'", "publish", "topic", "data", "--hub", "ftp://example.org")]
    [InlineData("http:// or https://, not 'localhost:5080'", "pipe", "topic", "--hub", "localhost:5080")]
    [InlineData("without '?'", "pipe", "topic", "--hub", "http://localhost/?a=b")]
    [InlineData("no credentials", "pipe", "topic", "--hub", "http://me:secret@localhost/")]
    [InlineData("NAME: VALUE", "pipe", "topic", "--header", "no colon")]
    [InlineData("NAME: VALUE", "pipe", "topic", "--header", "A: b\r\nC: d")]
    [InlineData("50ms", "pipe", "topic", "--batch-delay", "50")]
    [InlineData("50ms", "pipe", "topic", "--give-up", "-1s")]
    [InlineData("--rate takes", "pipe", "topic", "--rate", "0")]
    [InlineData("--rate takes", "pipe", "topic", "--rate", "NaN")]
    [InlineData("'fast'", "pipe", "topic", "--rate", "fast")]
    [InlineData("--batch-size takes", "pipe", "topic", "--batch-size", "0")]
    [InlineData("--key takes", "publish", "topic", "data", "--key", "a b")]
    [InlineData("one URL", "tail", "http://127.0.0.1:1/", "topic")]
    [InlineData("'http://' is no URL", "tail", "http://")]
    [InlineData("no URL", "tail", "ftp://127.0.0.1/")]
    [InlineData("only one", "tail", "topic", "--json", "--data-only")]
    [InlineData("how long ago", "tail", "topic", "--since", "yesterday")]
    [InlineData("--count takes", "tail", "topic", "--count", "0")]
    [InlineData("50ms", "tail", "topic", "--timeout", "5")]
    [InlineData("line breaks", "tail", "topic", "--last-event-id", "1\n2")]
    public async Task Wrong_usage_is_explained_on_stderr_with_exit_code_2(string explanation, params string[] args)
    {
        var terminal = new TestTerminal();

        (await terminal.RunAsync(args)).ShouldBe(2);

        terminal.Error.ShouldStartWith("curlew: ");
        terminal.Error.ShouldContain(explanation);
        terminal.Error.ShouldContain("--help");
        terminal.Output.ShouldBeEmpty();
    }
}
