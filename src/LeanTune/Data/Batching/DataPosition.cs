namespace LeanTune.Data;

/// <summary>A place in a stream of batches: the batch that comes next. Saved with a checkpoint, and set again on resume.</summary>
/// <param name="Epoch">Passes over the examples completed before it.</param>
/// <param name="Batch">Batches of the epoch handed out before it.</param>
public readonly record struct DataPosition(long Epoch, int Batch);
