namespace LeanTune.Data;

/// <summary>Where a record was read: what errors point to.</summary>
/// <param name="File">The file, as the user named it.</param>
/// <param name="Number">Line the record starts on, or its row, from 1.</param>
/// <param name="IsRow">Whether the number counts rows: in Parquet files and columns of JSON, which have no lines.</param>
public readonly record struct RecordPlace(string File, int Number, bool IsRow = false)
{
    /// <summary>The place as <c>file:line</c>, or <c>file: row number</c>.</summary>
    public override string ToString() => IsRow ? $"{File}: row {Number}" : $"{File}:{Number}";
}
