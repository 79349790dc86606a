namespace LeanTune.Data;

/// <summary>An example together with the record it was made of.</summary>
/// <param name="Raw">The record.</param>
/// <param name="Example">What it means.</param>
/// <param name="Format">How it was understood.</param>
internal readonly record struct ReadExample(RawRecord Raw, Example Example, RecordFormat Format);
