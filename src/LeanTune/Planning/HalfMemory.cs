namespace LeanTune.Planning;

/// <summary>Native bytes that one token needs in half of a block, whatever way the block runs.</summary>
/// <param name="IsMlp">Whether it is the MLP's half: tiles cut it by tokens, attention by heads.</param>
/// <param name="Graph">Kept by a recorded forward pass, from the normalised input on.</param>
/// <param name="Forward">Alive at the highest moment of a forward pass without graph, output included.</param>
/// <param name="Backward">Alive at the highest moment of the backward pass beyond <paramref name="Graph"/>.</param>
internal readonly record struct HalfMemory(bool IsMlp, double Graph, double Forward, double Backward)
{
    /// <summary>The share that some of the heads, or none but some tokens, need.</summary>
    public static HalfMemory operator *(HalfMemory half, double share) => new(half.IsMlp, half.Graph * share, half.Forward * share, half.Backward * share);
}
