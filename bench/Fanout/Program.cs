using Curlew.Bench.Fanout;

return await FanoutCommand.RunAsync(args, Console.Out, Console.Error);
