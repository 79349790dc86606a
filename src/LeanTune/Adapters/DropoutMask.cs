using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Adapters;

/// <summary>
/// Dropout whose mask is a stateless function of (seed, step, module, token, feature): the same in the forward pass, in any
/// recomputation, under any tiling and on any device.
/// </summary>
/// <param name="draws">The draws of this micro-batch.</param>
/// <param name="firstRow">The row (token of the micro-batch) at which what is given begins.</param>
public sealed class DropoutMask(SeededDraws draws, long firstRow = 0)
{
    /// <summary>The same mask for a tile that begins at a row of the micro-batch.</summary>
    public DropoutMask At(long row) => new(draws, row);

    /// <summary>The same mask for a tile that begins some rows after what is given begins.</summary>
    public DropoutMask Past(long rows) => new(draws, firstRow + rows);

    /// <summary>Zeroes a share of the entries and scales the others by 1 / (1 − share).</summary>
    /// <param name="input">(rows, in), fp32. Borrowed.</param>
    /// <param name="module">Module name: each module has a mask of its own.</param>
    /// <param name="share">Share that is dropped, from 0 to below 1.</param>
    /// <param name="columns">Where the given features lie among all of the module's; null when they are all.</param>
    /// <returns>(rows, in); the caller disposes it.</returns>
    public Tensor Apply(Tensor input, string module, double share, (long First, long All)? columns = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        (long first, long all) = columns ?? (0, input.shape[1]);
        using Tensor whole = draws.For(module).KeepMask(1 - share, firstRow, input.shape[0], (int)all, input.device);
        using Tensor keep = whole.narrow(1, first, input.shape[1]);
        return (input * keep).mul_(1 / (1 - share));
    }
}
