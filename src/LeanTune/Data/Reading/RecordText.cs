namespace LeanTune.Data;

/// <summary>The text of one record.</summary>
/// <param name="Prompt">What is given, never a target; null for a record of plain text.</param>
/// <param name="Target">The completion, or the whole text.</param>
/// <param name="Line">Line of the record, from 1.</param>
internal readonly record struct RecordText(string? Prompt, string Target, int Line);
