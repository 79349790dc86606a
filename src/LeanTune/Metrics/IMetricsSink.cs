namespace LeanTune.Metrics;

/// <summary>Another form of what metrics.jsonl records: a table, an event file, a meter.</summary>
public interface IMetricsSink : IDisposable
{
    /// <summary>Whether anybody would notice: records are not even parsed for sinks that are deaf.</summary>
    bool Listens { get; }

    /// <summary>Begins anew with what is recorded so far: at the start of a run nothing, after a resumed one was cut back what is left.</summary>
    /// <param name="recorded">The records, in order.</param>
    void Restart(IEnumerable<MetricsRecord> recorded);

    /// <summary>Takes in one record.</summary>
    void Write(MetricsRecord record);
}
