using static TorchSharp.torch;

namespace LeanTune.Planning;

/// <summary>The micro-batch that memory is counted for.</summary>
/// <param name="Batch">B, sequences.</param>
/// <param name="Tokens">T, tokens of each, with padding.</param>
/// <param name="Supervised">Tokens with a loss, over all sequences.</param>
/// <param name="Dtype">Data type of weights and residual stream.</param>
/// <param name="Packed">Whether a sequence may hold several samples.</param>
public sealed record StepWork(long Batch, long Tokens, long Supervised, ScalarType Dtype, bool Packed = false)
{
    /// <summary>N = B·T.</summary>
    public long Rows => Batch * Tokens;

    /// <summary>A batch of so many of the sequences, with its share of the supervised tokens.</summary>
    public StepWork Split(long sequences) => this with { Batch = sequences, Supervised = (Supervised * sequences + Batch - 1) / Batch };
}
