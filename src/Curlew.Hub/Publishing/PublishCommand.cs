using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using Curlew.Hub.CommandLine;

namespace Curlew.Hub.Publishing;

/// <summary><c>curlew publish</c>: one event from the command line.</summary>
internal static class PublishCommand
{
    private const string Examples = """
        curlew publish demo '{"hello":"world"}'
        curlew publish orders/42 paid --type status --key payment-991
        uptime | curlew publish hosts/web1 -
        curlew publish demo -- --help
        """;

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var topic = new Argument<string>("TOPIC") { Description = "The topic to publish to, such as orders/42." };
        var data = new Argument<string>("DATA") { Description = "The event's data, sent as it is; '-' reads all of standard input." };
        var type = new Option<string?>("--type") { Description = "The event type. Without it a browser sees a 'message'.", HelpName = "TYPE" };
        var key = new Option<string?>("--key") { Description = "An idempotency key: publishing again with the same key appends nothing and prints the first event's id.", HelpName = "KEY" };
        key.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && (text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('!', '~')))
                result.AddError("--key takes visible ASCII characters.");
        });
        var connection = new HubConnectionOptions();

        var command = new CommandWithExamples("publish", "Publish one event, and print its id.", Examples) { topic, data, type, key };
        connection.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(
            terminal, connection.Read(parsed), parsed.GetRequiredValue(topic), parsed.GetRequiredValue(data), parsed.GetValue(type), parsed.GetValue(key), time, cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        Terminal terminal, HubConnection hub, string topic, string data, string? type, string? key, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = $"?topic={Uri.EscapeDataString(topic)}{(type is null ? "" : "&type=" + Uri.EscapeDataString(type))}";
        using var content = data is "-" ? new StreamContent(terminal.OpenInput()) : (HttpContent)new ByteArrayContent(Encoding.UTF8.GetBytes(data));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub.Events, query)) { Content = content };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);

        using var client = hub.CreateClient();
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            var answer = await HubAnswer.ReadAsync(response, time, cancellationToken);
            await terminal.Output.WriteLineAsync(answer.Id ?? throw new CommandFailedException(answer.Problem!));
            return ExitCode.Ok;
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var hint = HubTrouble.IsNobodyThere(failure) ? ". Start one with: curlew serve" : "";
            throw new CommandFailedException(HubTrouble.Describe(failure, hub.Events) + hint, failure);
        }
    }
}
