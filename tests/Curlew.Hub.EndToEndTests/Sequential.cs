// Processes, sockets and measurements share the machine: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
