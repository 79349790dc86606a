using LeanTune.Activations;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>
/// x + f(w · z) with z = x / rms(x): keeps z, in the form its codec chooses, and one number a row; the insides of f are computed
/// again in the backward pass. The norm's backward and f both read that one kept tensor.
/// </summary>
internal static class NormedSublayer
{
    /// <summary>Runs one half of a block.</summary>
    /// <param name="hidden">x, (N, C). Borrowed.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="function">f. Runs again in the backward pass.</param>
    /// <param name="tiles">Cover the rows in order; empty for all at once.</param>
    /// <param name="codec">The form of what is kept.</param>
    /// <param name="context">Where it stands.</param>
    /// <param name="keep">Which value is kept.</param>
    /// <param name="saved">Counts kept bytes, or null.</param>
    /// <returns>(N, C); the caller disposes it.</returns>
    public static Tensor Run(
        Tensor hidden, RmsNorm norm, IRowSegment function, IReadOnlyList<RowTile> tiles, IActivationCodec codec, in SaveContext context, NormSave keep,
        SavedBytes? saved)
    {
        Tensor output, rstd;
        SavedActivation kept;
        using (no_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            rstd = RmsNorm.InverseRms(hidden, norm.Epsilon); // (N, 1)
            Tensor normalized = RmsNorm.Normalize(hidden, rstd);
            Tensor normed = normalized * norm.Weight; // not in place: the codec may share the normalised value
            kept = codec.Save(keep == NormSave.Normalized ? normalized : normed, context);
            try
            {
                output = RowTiles.Forward(function, normed, tiles).add_(hidden);
            }
            catch
            {
                kept.Dispose();
                throw;
            }

            output.DetachFromDisposeScope();
            rstd.DetachFromDisposeScope();
        }

        ActivationSite site = context.Site;
        (string kind, long bytes, long statisticBytes) = (kept.Kind, kept.Bytes, TensorStorage.Bytes(rstd));
        saved?.Add(site, kind, bytes);
        saved?.Add(site, SavedBytes.Statistics, statisticBytes);
        bool wantsInput = hidden.requires_grad;
        return Checkpoint.AttachToGraph(
            [hidden, norm.Weight],
            output,
            gradient => Backward(gradient, kept, rstd, norm, function, tiles, keep, wantsInput),
            () =>
            {
                saved?.Remove(site, kind, bytes);
                saved?.Remove(site, SavedBytes.Statistics, statisticBytes);
                kept.Dispose();
                rstd.Dispose();
            });
    }

    private static Tensor?[] Backward(
        Tensor gradient, SavedActivation kept, Tensor rstd, RmsNorm norm, IRowSegment function, IReadOnlyList<RowTile> tiles, NormSave keep, bool wantsInput)
    {
        Tensor restored = kept.Restore();
        Tensor normed = keep == NormSave.Normalized ? restored * norm.Weight : restored.alias();
        Tensor? normedGradient = RowTiles.Backward(
            function, tile => normed.narrow(0, tile.First, tile.Rows).detach().requires_grad_(), gradient, tiles);
        normed.Dispose();
        if (normedGradient is null) return [wantsInput ? gradient.alias() : null, null];
        Tensor normalized = keep == NormSave.Normalized ? restored : restored.div_(norm.Weight);
        Tensor? weightGradient = norm.Weight.requires_grad ? (normedGradient * normalized).sum(dim: 0) : null; // (C)
        Tensor? inputGradient = wantsInput ? RmsNorm.InputGradient(normedGradient, normalized, rstd, norm.Weight).add_(gradient) : null;
        return [inputGradient, weightGradient];
    }
}
