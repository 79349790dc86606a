namespace LeanTune.Data;

/// <summary>Examples that are handed out equally often.</summary>
/// <param name="Indices">Which examples.</param>
/// <param name="Weight">How often an epoch hands each out, above 0.</param>
public sealed record WeightedGroup(IReadOnlyList<int> Indices, double Weight);
