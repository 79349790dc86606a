namespace LeanTune.Data;

/// <summary>A place in an endless stream of examples: the one that comes next. Saved with a checkpoint, and set again on resume.</summary>
/// <param name="Epoch">Epochs handed out before it.</param>
/// <param name="Draw">Examples of the epoch handed out before it.</param>
public readonly record struct SamplePosition(long Epoch, int Draw);
