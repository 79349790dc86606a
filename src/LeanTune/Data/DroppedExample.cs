namespace LeanTune.Data;

/// <summary>An example that was left out because no target stands within the longest length.</summary>
/// <param name="Place">Where it was read.</param>
/// <param name="Tokens">How long it is.</param>
public readonly record struct DroppedExample(RecordPlace Place, int Tokens);
