using static TorchSharp.torch;

namespace LeanTune.Models;

/// <summary>What attention remembers of earlier tokens while text is generated.</summary>
public interface IKvCache
{
    /// <summary>Tokens held, the same for every block between forward passes.</summary>
    int Length { get; }

    /// <summary>Adds the new tokens' keys and values and gives all that the block has.</summary>
    /// <param name="block">Index of the block.</param>
    /// <param name="key">(B, Hkv, T, D). Borrowed.</param>
    /// <param name="value">(B, Hkv, T, D). Borrowed.</param>
    /// <returns>Both (B, Hkv, S, D); views that live until the next call for the block.</returns>
    (Tensor Key, Tensor Value) Append(int block, Tensor key, Tensor value);
}
