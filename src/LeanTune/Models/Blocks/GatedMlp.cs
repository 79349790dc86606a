using LeanTune.Activations;
using LeanTune.Activations.Functions;
using LeanTune.Adapters;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>Gated feed-forward layer: down(silu(gate(x)) · up(x)).</summary>
/// <param name="gate">(F, C).</param>
/// <param name="up">(F, C).</param>
/// <param name="down">(C, F).</param>
internal sealed class GatedMlp(LoraLinear gate, LoraLinear up, LoraLinear down) : ISublayer
{
    /// <summary>The gate's projection.</summary>
    public LoraLinear Gate { get; } = gate;

    /// <summary>The values' projection.</summary>
    public LoraLinear Up { get; } = up;

    /// <summary>The output's projection.</summary>
    public LoraLinear Down { get; } = down;

    SublayerPart ISublayer.Whole(RowTile tile) => new(tile);

    IReadOnlyList<SublayerPart> ISublayer.Parts(RowTile tile, ForwardPass pass) => [.. tile.Cut(pass.Tiling.FeedRows).Select(rows => new SublayerPart(rows))];

    Tensor ISublayer.Forward(Tensor normed, ForwardPass pass, SublayerPart part)
    {
        DropoutMask? dropout = pass.Dropout?.At(part.Rows.First);
        using Tensor gated = SiluMul(Gate.Forward(normed, dropout), Up.Forward(normed, dropout)); // (n, F)
        return Down.Forward(gated, dropout);
    }

    /// <summary>Keeps gate and up; the output's projection reads silu(gate) · up from them.</summary>
    Tensor ISublayer.ForwardKept(Tensor normed, SharedActivation kept, IActivationCodec inside, ForwardPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] projected = LoraLinear.Forward(normed, [Gate, Up], pass.Dropout, kept); // (N, F) each
        ActivationSaver Saver(int ordinal) => pass.SaverAt(new ActivationSite(kept.Site.Block, ActivationRole.FunctionInput, ordinal), inside);
        Tensor gated = CompressedSiluMul.Apply(projected[0], projected[1], Saver(0), Saver(1), out SharedActivation? output); // (N, F)
        foreach (Tensor each in projected) each.Dispose();
        using SharedActivation keptGated = output!;
        return LoraLinear.Forward(gated, [Down], pass.Dropout, keptGated)[0].MoveToOuterDisposeScope();
    }

    /// <summary>silu(gate) · value; keeps its two inputs alone for the backward pass.</summary>
    /// <param name="gate">(N, F). Taken over.</param>
    /// <param name="value">(N, F). Taken over.</param>
    /// <returns>(N, F); the caller disposes it.</returns>
    internal static Tensor SiluMul(Tensor gate, Tensor value)
    {
        Tensor output;
        using (no_grad()) output = nn.functional.silu(gate).mul_(value);
        PeakSampler.Look();
        Tensor[] inputs = [gate, value];
        if (!AutogradNode.WantsGradient(inputs))
        {
            gate.Dispose();
            value.Dispose();
            return output;
        }

        Tensor keptGate = gate.detach().DetachFromDisposeScope(), keptValue = value.detach().DetachFromDisposeScope();
        Tensor attached = AutogradNode.Attach(
            inputs,
            output,
            gradient =>
            {
                using Tensor silu = nn.functional.silu(keptGate);
                Tensor valueGradient = silu.mul_(gradient).alias();
                using Tensor gateOutput = gradient * keptValue;
                Tensor gateGradient = Aten.SiluBackward(gateOutput, keptGate);
                PeakSampler.Look();
                return [gateGradient, valueGradient];
            },
            () =>
            {
                keptGate.Dispose();
                keptValue.Dispose();
            });
        gate.Dispose();
        value.Dispose();
        return attached;
    }
}
