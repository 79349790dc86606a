using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Activations.Functions;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Models.Blocks;

/// <summary>
/// Runs blocks as their plan says. The modes differ by which halves form one checkpoint and by what is handed to the codec: the
/// residual stream before a block, before each half, or the normalised value within each half, which is all that mode ops computes from again.
/// </summary>
/// <param name="pass">The forward pass they belong to.</param>
internal sealed class BlockRunner(ForwardPass pass)
{
    /// <summary>Runs the first of some blocks, and those behind it that share its checkpoint.</summary>
    /// <param name="blocks">The blocks that are still to come.</param>
    /// <param name="hidden">(N, C). Borrowed.</param>
    /// <returns>(N, C), which the caller disposes, and how many blocks were run.</returns>
    public (Tensor Hidden, int Blocks) Run(ReadOnlySpan<DecoderBlock> blocks, Tensor hidden)
    {
        DecoderBlock block = blocks[0];
        if (!is_grad_enabled()) return (RowTiles.Forward(Segment(block.Halves), hidden, pass.Groups), 1);
        LayerPlan? plan = pass.Plan?.Layers[block.Index];
        switch (plan?.Mode)
        {
            case ActivationMode.Layer:
                int shared = pass.Plan!.SharedFrom(block.Index);
                BlockHalf[] halves = [.. blocks[..shared].ToArray().SelectMany(each => each.Halves)];
                return (Checkpointed(hidden, plan.Codec, block.Index, 0, halves), shared);
            case ActivationMode.Sublayer when plan.Codec.Chained:
                using (Tensor middle = Checkpointed(hidden, plan.Codec, block.Index, 0, block.Halves[0]))
                    return (Checkpointed(middle, plan.Codec, block.Index, 1, block.Halves[1]), 1);
            case ActivationMode.Sublayer:
                using (Tensor middle = Normed(hidden, plan.Codec, block, 0))
                    return (Normed(middle, plan.Codec, block, 1), 1);
            case ActivationMode.Ops:
                using (Tensor middle = Kept(hidden, plan.Codec, block, 0))
                    return (Kept(middle, plan.Codec, block, 1), 1);
            default:
                return (RunPlain(block, hidden), 1);
        }
    }

    private Tensor Checkpointed(Tensor hidden, IActivationCodec codec, int block, int ordinal, params IReadOnlyList<BlockHalf> halves) =>
        Checkpoint.Run(Segment(halves), hidden, pass.Groups, codec, pass.SaveAt(new ActivationSite(block, ActivationRole.BlockInput, ordinal)), pass.Saved);

    private Tensor Normed(Tensor hidden, IActivationCodec codec, DecoderBlock block, int ordinal)
    {
        BlockHalf half = block.Halves[ordinal];
        SaveContext context = pass.SaveAt(new ActivationSite(block.Index, ActivationRole.Normalized, ordinal));
        return NormedSublayer.Run(hidden, half.Norm, new PartedSublayer(half.Sublayer, pass), pass.Groups, codec, context, pass.NormSave, pass.Saved);
    }

    private Tensor Kept(Tensor hidden, IActivationCodec codec, DecoderBlock block, int ordinal)
    {
        BlockHalf half = block.Halves[ordinal];
        ActivationSaver saver = pass.SaverAt(new ActivationSite(block.Index, ActivationRole.Normalized, ordinal), codec);
        using Tensor normed = CompressedRmsNorm.Apply(hidden, half.Norm.Weight, half.Norm.Epsilon, saver, out SharedActivation? output);
        using SharedActivation kept = output!; // gradients are on
        // What functions of single elements need is neither low-rank nor near what it was a block before: 8 bits serve it.
        IActivationCodec inside = codec.Lossless ? codec : new EightBit();
        using Tensor fed = half.Sublayer.ForwardKept(normed, kept, inside, pass);
        return hidden + fed;
    }

    /// <summary>Keeps everything in the graph. libtorch's own operators do not say how much that is, so the allocator is asked.</summary>
    private Tensor RunPlain(DecoderBlock block, Tensor hidden)
    {
        RowTile all = new(0, hidden.shape[0]);
        if (pass.Saved is null || !ProcessMemory.HasLiveBytes) return Segment(block.Halves).Forward(hidden, all);
        long before = ProcessMemory.LiveBytes;
        Tensor output = Segment(block.Halves).Forward(hidden, all);
        // The output is the next block's to keep, as this block's input was made before it began.
        bool keepsInput = hidden.requires_grad || block.InputNorm.Weight.requires_grad;
        pass.NoteGraph(block.Index, ProcessMemory.LiveBytes - before - Size(output) + (keepsInput ? Size(hidden) : 0));
        return output;
    }

    private HalvesSegment Segment(IReadOnlyList<BlockHalf> halves) => new([.. halves.Select(half => half.In(pass))]);

    private static long Size(Tensor tensor) => tensor.NumberOfElements * tensor.ElementSize;
}
