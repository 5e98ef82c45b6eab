using Curlew.Hub.CommandLine;

return await CurlewProgram.RunAsync(args, Terminal.System);
