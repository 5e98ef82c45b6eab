namespace Curlew.Tests.Simulation;

/// <summary>The end of a schedule: everybody comes back, and everything under way is completed.</summary>
internal sealed partial class Schedule
{
    private const int MaxTurns = 100_000;

    private void BecomeQuiet()
    {
        Trace("now everything becomes quiet");
        for (var turn = 0; IsBusy(); turn++)
        {
            if (turn == MaxTurns)
                throw new OracleException("the engine does not come to rest");
        }
    }

    private bool IsBusy()
    {
        var isBusy = false;
        foreach (var node in _nodes.ToArray())
        {
            Did(Store.Advance(node, _random, mayFail: false));
            if (!node.IsOpen)
                continue;
            // A page takes two round trips, of which the first is no news; and what was read before may be a page without any.
            for (var i = 0; i < 3 && !node.HasPage; i++)
                Tail(node);
            Did(node.HasPage ? Tail(node) : null);
        }

        foreach (var client in _clients)
        {
            if (client.Connection is null)
                Did(Connect(client));
        }

        foreach (var connection in _connections.ToArray())
        {
            if (connection.Client is null)
                connection.Close();
            else
                Did(connection.Step() is { } step ? $"{connection}: {step}" : null);
            Settle();
            Did(connection.Flush() is { } flushed ? $"{connection}: flushed {flushed}" : null);
        }

        return isBusy;

        void Did(string? what)
        {
            if (what is null)
                return;
            Trace(what);
            Settle();
            isBusy = true;
        }
    }

    private void CheckComplete()
    {
        foreach (var client in _clients)
            client.CheckComplete();
    }

    private void Leave()
    {
        foreach (var connection in _connections)
            connection.Close();
        foreach (var node in _nodes)
        {
            if (node.Hub.SubscriptionCount > 0 || node.Hub.Router.Count > 0)
                throw new OracleException($"{node.Name} still lists {node.Hub.SubscriptionCount} subscriptions, {node.Hub.Router.Count} of them live, after all have left");
        }
    }
}
