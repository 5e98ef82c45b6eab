using Curlew.Client.ContractService;

// The service under test of the contract tests for SSE clients: dotnet run --project tests/Curlew.Client.ContractService -- --port 8000
var port = args is ["--port", var text, ..] && ushort.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var given) ? given : (ushort)8000;
await using var service = Service.Create($"http://0.0.0.0:{port}");
await service.RunAsync();
