using LeanTune.Activations;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>One block of a decoder: x + attention(norm(x)), then x + mlp(norm(x)); its plan says what the backward pass keeps of it.</summary>
/// <param name="index">Index of the block.</param>
/// <param name="inputNorm">Before attention.</param>
/// <param name="attention">The attention.</param>
/// <param name="postNorm">Before the MLP.</param>
/// <param name="mlp">The feed-forward layer.</param>
public sealed class DecoderBlock(int index, RmsNorm inputNorm, Attention attention, RmsNorm postNorm, GatedMlp mlp)
{
    /// <summary>Index of the block.</summary>
    public int Index { get; } = index;

    /// <summary>The norm before attention.</summary>
    public RmsNorm InputNorm { get; } = inputNorm;

    /// <summary>The attention.</summary>
    public Attention Attention { get; } = attention;

    /// <summary>The norm before the MLP.</summary>
    public RmsNorm PostNorm { get; } = postNorm;

    /// <summary>The feed-forward layer.</summary>
    public GatedMlp Mlp { get; } = mlp;

    /// <summary>Applies the block.</summary>
    /// <param name="hidden">(N, C). Borrowed.</param>
    /// <param name="pass">The forward pass it belongs to.</param>
    /// <returns>(N, C); the caller disposes it.</returns>
    public Tensor Forward(Tensor hidden, ForwardPass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        LayerPlan? plan = is_grad_enabled() ? pass.Plan?.Layers[Index] : null;
        return plan?.Mode switch
        {
            ActivationMode.Layer => Checkpoint.Run(
                inputs => Run(inputs[0], pass), [hidden], [plan.Codec], [pass.SaveAt(new ActivationSite(Index, ActivationRole.BlockInput))], pass.Saved),
            ActivationMode.Sublayer => RunSublayers(hidden, pass, plan.Codec),
            _ => Run(hidden, pass),
        };
    }

    private Tensor Run(Tensor hidden, ForwardPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor afterAttention = hidden + Attend(InputNorm.Forward(hidden), pass);
        return (afterAttention + Feed(PostNorm.Forward(afterAttention), pass)).MoveToOuterDisposeScope();
    }

    private Tensor RunSublayers(Tensor hidden, ForwardPass pass, IActivationCodec codec)
    {
        SaveContext first = pass.SaveAt(new ActivationSite(Index, ActivationRole.Normalized));
        SaveContext second = pass.SaveAt(new ActivationSite(Index, ActivationRole.Normalized, 1));
        using Tensor afterAttention = NormedSublayer.Run(hidden, InputNorm, normed => Attend(normed, pass), codec, first, pass.NormSave, pass.Saved);
        return NormedSublayer.Run(afterAttention, PostNorm, normed => Feed(normed, pass), codec, second, pass.NormSave, pass.Saved);
    }

    private Tensor Attend(Tensor normed, ForwardPass pass) => Attention.Forward(normed, pass, Index);

    private Tensor Feed(Tensor normed, ForwardPass pass) => Mlp.Forward(normed, pass);
}
