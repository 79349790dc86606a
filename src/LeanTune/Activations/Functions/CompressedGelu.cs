using LeanTune.Linalg;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>GELU that keeps its input in the form a codec chooses (<see cref="Codecs.EightBit"/> serves it well), for itself and for the linear that reads its output.</summary>
public static class CompressedGelu
{
    /// <summary>Elements that backward works on at a time: near 1 MB, within a core's cache.</summary>
    private const long TileElements = 1 << 18;

    /// <summary>Applies the function to each element.</summary>
    /// <param name="input">x, (..., n). Borrowed.</param>
    /// <param name="kind">Which form.</param>
    /// <param name="saver">How x is kept.</param>
    /// <returns>(..., n); the caller disposes it.</returns>
    public static Tensor Apply(Tensor input, GeluKind kind, in ActivationSaver saver)
    {
        Tensor output = Apply(input, kind, saver, out SharedActivation? kept);
        kept?.Dispose();
        return output;
    }

    /// <summary>Applies the function and hands out what is kept, for the linear that reads the output.</summary>
    /// <param name="input">x, (..., n). Borrowed.</param>
    /// <param name="kind">Which form.</param>
    /// <param name="saver">How x is kept.</param>
    /// <param name="kept">A handle on the output, or null when no graph is recorded; the caller disposes it.</param>
    /// <returns>(..., n); the caller disposes it.</returns>
    public static Tensor Apply(Tensor input, GeluKind kind, in ActivationSaver saver, out SharedActivation? kept)
    {
        ArgumentNullException.ThrowIfNull(input);
        kept = null;
        Tensor output;
        using (no_grad()) output = GeluFormula.Value(input, kind);
        if (!is_grad_enabled()) return output;
        SharedActivation saved;
        try
        {
            saved = saver.Save(input);
        }
        catch
        {
            output.Dispose();
            throw;
        }

        kept = DerivedActivation.Of([saved.Share()], restored => GeluFormula.Value(restored[0], kind));
        return AutogradNode.Attach([input], output, gradient => [Backward(gradient, saved, kind)], saved.Dispose);
    }

    private static Tensor Backward(Tensor gradient, SharedActivation saved, GeluKind kind)
    {
        Tensor flat = gradient.reshape(-1, gradient.shape[^1]), result = empty(flat.shape, flat.dtype, flat.device); // (N, n)
        foreach (RowTile tile in new RowTile(0, flat.shape[0]).Cut(Math.Max(1, TileElements / flat.shape[1])))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = saved.Restore(tile.First, tile.Rows);
            Tensor slope = GeluFormula.Slope(x.to(RowProducts.ComputeType(x.dtype)), kind);
            result.narrow(0, tile.First, tile.Rows).copy_(slope.mul_(flat.narrow(0, tile.First, tile.Rows)));
        }

        return result.view(gradient.shape); // as the gradient
    }
}
