using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Adapters;

/// <summary>
/// Dropout whose mask is a stateless function of (seed, step, module, token, feature): the same in the forward pass, in any
/// recomputation, under any tiling and on any device.
/// </summary>
/// <param name="draws">The draws of this micro-batch.</param>
public sealed class DropoutMask(SeededDraws draws)
{
    /// <summary>Zeroes a share of the entries and scales the others by 1 / (1 − share).</summary>
    /// <param name="input">(N, in), fp32. Borrowed.</param>
    /// <param name="module">Module name: each module has a mask of its own.</param>
    /// <param name="share">Share that is dropped, from 0 to below 1.</param>
    /// <returns>(N, in); the caller disposes it.</returns>
    public Tensor Apply(Tensor input, string module, double share)
    {
        ArgumentNullException.ThrowIfNull(input);
        using Tensor keep = draws.For(module).KeepMask(1 - share, 0, input.shape[0], (int)input.shape[1], input.device);
        return (input * keep).mul_(1 / (1 - share));
    }
}
