using Curlew.Bench.Cluster;

return await ClusterCommand.RunAsync(args, Console.Out, Console.Error);
