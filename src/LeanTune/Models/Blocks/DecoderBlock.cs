using LeanTune.Activations;
using LeanTune.Native;
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
            _ => RunPlain(hidden, pass),
        };
    }

    /// <summary>Keeps everything in the graph. libtorch's own operators do not say how much that is, so the allocator is asked.</summary>
    private Tensor RunPlain(Tensor hidden, ForwardPass pass)
    {
        if (pass.Saved is null || !is_grad_enabled() || !ProcessMemory.HasLiveBytes) return Run(hidden, pass);
        long before = ProcessMemory.LiveBytes;
        Tensor output = Run(hidden, pass);
        // The output is the next block's to keep, as this block's input was made before it began.
        bool keepsInput = hidden.requires_grad || InputNorm.Weight.requires_grad;
        pass.NoteGraph(Index, ProcessMemory.LiveBytes - before - Size(output) + (keepsInput ? Size(hidden) : 0));
        return output;
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

    private static long Size(Tensor tensor) => tensor.NumberOfElements * tensor.ElementSize;
}
