using LeanTune.Linalg;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>
/// silu(gate) · up, the heart of a gated feed-forward layer, that keeps its two inputs in the form a codec chooses (<see cref="Codecs.EightBit"/> serves
/// them well), for itself and for the linear that reads its output.
/// </summary>
public static class CompressedSiluMul
{
    /// <summary>Elements that backward works on at a time: near 1 MB, within a core's cache.</summary>
    internal const long TileElements = 1 << 18;

    /// <summary>Applies the function to each element.</summary>
    /// <param name="gate">(..., n). Borrowed.</param>
    /// <param name="up">(..., n). Borrowed.</param>
    /// <param name="gateSaver">How the gate is kept.</param>
    /// <param name="upSaver">How up is kept.</param>
    /// <returns>(..., n); the caller disposes it.</returns>
    public static Tensor Apply(Tensor gate, Tensor up, in ActivationSaver gateSaver, in ActivationSaver upSaver)
    {
        Tensor output = Apply(gate, up, gateSaver, upSaver, out SharedActivation? kept);
        kept?.Dispose();
        return output;
    }

    /// <summary>Applies the function and hands out what is kept, for the linear that reads the output.</summary>
    /// <param name="gate">(..., n). Borrowed.</param>
    /// <param name="up">(..., n). Borrowed.</param>
    /// <param name="gateSaver">How the gate is kept.</param>
    /// <param name="upSaver">How up is kept.</param>
    /// <param name="kept">A handle on the output, or null when no graph is recorded; the caller disposes it.</param>
    /// <returns>(..., n); the caller disposes it.</returns>
    public static Tensor Apply(Tensor gate, Tensor up, in ActivationSaver gateSaver, in ActivationSaver upSaver, out SharedActivation? kept)
    {
        ArgumentNullException.ThrowIfNull(gate);
        ArgumentNullException.ThrowIfNull(up);
        kept = null;
        Tensor output;
        using (no_grad()) output = Value(gate, up);
        if (!is_grad_enabled()) return output;
        SharedActivation? keptGate = null;
        SharedActivation keptUp;
        try
        {
            keptGate = gateSaver.Save(gate);
            keptUp = upSaver.Save(up);
        }
        catch
        {
            keptGate?.Dispose();
            output.Dispose();
            throw;
        }

        PeakSampler.Look();
        kept = DerivedActivation.Of([keptGate.Share(), keptUp.Share()], restored => Value(restored[0], restored[1]));
        return AutogradNode.Attach([gate, up], output, gradient => Backward(gradient, keptGate, keptUp), () =>
        {
            keptGate.Dispose();
            keptUp.Dispose();
        });
    }

    private static Tensor Value(Tensor gate, Tensor up) => nn.functional.silu(gate).mul_(up);

    /// <summary>Gradients of gate, g · up · silu'(gate), and of up, g · silu(gate).</summary>
    private static Tensor?[] Backward(Tensor gradient, SharedActivation keptGate, SharedActivation keptUp)
    {
        Tensor flat = gradient.reshape(-1, gradient.shape[^1]); // (N, n)
        Tensor gateGradient = empty(flat.shape, flat.dtype, flat.device), upGradient = empty(flat.shape, flat.dtype, flat.device);
        foreach (RowTile tile in new RowTile(0, flat.shape[0]).Cut(Math.Max(1, TileElements / flat.shape[1])))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor gate = keptGate.Restore(tile.First, tile.Rows), up = keptUp.Restore(tile.First, tile.Rows);
            ScalarType type = RowProducts.ComputeType(gate.dtype);
            (gate, up) = (gate.to(type), up.to(type));
            Tensor g = flat.narrow(0, tile.First, tile.Rows).to(type);
            Tensor sigmoid = gate.sigmoid();
            Tensor silu = sigmoid * gate;
            upGradient.narrow(0, tile.First, tile.Rows).copy_(silu * g);
            // silu' = σ + silu · (1 − σ)
            Tensor slope = (1 - sigmoid).mul_(silu).add_(sigmoid);
            gateGradient.narrow(0, tile.First, tile.Rows).copy_(slope.mul_(up).mul_(g));
            PeakSampler.Look();
        }

        return [gateGradient.view(gradient.shape), upGradient.view(gradient.shape)]; // both as the gradient
    }
}
