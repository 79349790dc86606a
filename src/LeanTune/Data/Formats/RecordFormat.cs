namespace LeanTune.Data;

/// <summary>Turns records of one format into examples.</summary>
/// <param name="Format">Which format.</param>
/// <param name="Required">Fields that every record has.</param>
/// <param name="Optional">Fields that are read where they are.</param>
internal abstract record RecordFormat(DataFormat Format, IReadOnlyList<string> Required, IReadOnlyList<string> Optional)
{
    /// <summary>Fields whose presence says that a record is of this format.</summary>
    public virtual IReadOnlyList<string> Signature => Required;

    /// <summary>Every field that is read.</summary>
    public IEnumerable<string> Read => [.. Required, .. Optional];

    /// <summary>Makes an example of a record.</summary>
    /// <exception cref="RecordException">The record cannot be used.</exception>
    public abstract Example Convert(RecordView record, RecordPlace place, DataSource source);
}
