using SecurityDashboard.Alerts;
using SecurityDashboard.Ingest;
using SecurityDashboard.Normalising;

namespace SecurityDashboard.Correlation;

/// <summary>Raises an alert for whatever the engine finds.</summary>
internal sealed class CorrelationStage(CorrelationEngine engine, AlertBook alerts) : IRecordSink
{
    public void Accept(IReadOnlyList<LogRecord> records)
    {
        foreach (var record in records)
        {
            foreach (var detection in engine.Process(record))
                alerts.Raise(detection);
        }
    }
}
