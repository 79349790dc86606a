namespace LeanTune.Data;

/// <summary>The examples of one source within a set.</summary>
/// <param name="Count">How many follow those of the source before.</param>
/// <param name="Weight">How often an epoch hands each out.</param>
/// <param name="IsStream">Whether they are windows that follow each other in one text.</param>
internal readonly record struct SetPart(int Count, double Weight, bool IsStream);
