namespace LeanTune.Data;

/// <summary>Something about a run's examples that is probably not meant, or cannot be right.</summary>
/// <param name="Message">What was found, where, and what it does to the run.</param>
/// <param name="Stops">Whether no run can be right with it: training refuses to begin.</param>
public sealed record DataFinding(string Message, bool Stops = false);
