using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations;

/// <summary>
/// Runs a segment of a network without keeping its insides: only its inputs are kept, in the form their codecs choose, and the
/// backward pass computes the segment again from them.
/// </summary>
public static class Checkpoint
{
    /// <summary>Runs a segment.</summary>
    /// <param name="segment">A pure function of its inputs and of parameters. It is called again in the backward pass, with restored
    /// inputs, so everything random in it must repeat by itself. It returns one tensor that it hands over.</param>
    /// <param name="inputs">What the segment reads. Tensors that are not of a floating type are shared as they are. Borrowed, and not to be
    /// written to before the backward pass.</param>
    /// <param name="codecs">One codec an input; null shares that input as it is.</param>
    /// <param name="contexts">One context an input; may be shorter than the inputs where codecs are null.</param>
    /// <param name="saved">Counts the bytes that codecs keep, or null. Inputs without a codec (positions, masks) are shared, never copied, and not counted:
    /// until the backward pass they live on even if their owner lets go, a view with all that it is a view of.</param>
    /// <returns>The segment's output; the caller disposes it. Parameters inside the segment receive their gradients whether or not an
    /// input asks for one.</returns>
    /// <remarks>Nothing is kept and no codec is asked when no graph is being recorded. Segments may nest.</remarks>
    /// <exception cref="ArgumentException">The numbers of inputs and codecs differ.</exception>
    public static Tensor Run(
        Func<IReadOnlyList<Tensor>, Tensor> segment, IReadOnlyList<Tensor> inputs, IReadOnlyList<IActivationCodec?> codecs,
        IReadOnlyList<SaveContext> contexts, SavedBytes? saved = null)
    {
        ArgumentNullException.ThrowIfNull(segment);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(codecs);
        ArgumentNullException.ThrowIfNull(contexts);
        if (codecs.Count != inputs.Count) throw new ArgumentException($"{inputs.Count} inputs but {codecs.Count} codecs.", nameof(codecs));
        if (!is_grad_enabled()) return segment(inputs);

        Tensor output;
        KeptInput[] kept;
        using (no_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor computed = segment(inputs);
            kept = KeepAll(inputs, codecs, contexts, saved);
            output = computed.DetachFromDisposeScope();
        }

        return AttachToGraph(inputs, output, gradient => Recompute(segment, kept, gradient), () => DisposeAll(kept));
    }

    /// <summary>Runs a segment of rows tile by tile, in both passes: neither its insides nor the rebuilt input exist all at once.</summary>
    /// <param name="segment">Called again in the backward pass, with restored rows.</param>
    /// <param name="input">(N, n). Borrowed, and not to be written to before the backward pass.</param>
    /// <param name="tiles">The tiles, which cover rows 0 to N in order; empty for all rows at once.</param>
    /// <param name="codec">The form in which the input is kept.</param>
    /// <param name="context">Where it stands.</param>
    /// <param name="saved">Counts the bytes that are kept, or null.</param>
    /// <returns>(N, p); the caller disposes it. The result and the gradients are those of one tile over all rows, up to the rounding of sums.</returns>
    /// <remarks>Nothing is kept when no graph is being recorded; tiles are used all the same.</remarks>
    /// <exception cref="ArgumentException">The tiles do not cover rows 0 to N in order, or the segment returns another shape than (rows of the tile, p).</exception>
    public static Tensor Run(
        IRowSegment segment, Tensor input, IReadOnlyList<RowTile> tiles, IActivationCodec codec, in SaveContext context, SavedBytes? saved = null)
    {
        ArgumentNullException.ThrowIfNull(segment);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(tiles);
        bool recording = is_grad_enabled();
        Tensor output;
        KeptInput kept;
        using (no_grad())
        {
            output = RowTiles.Forward(segment, input, tiles);
            if (!recording) return output;
            try
            {
                kept = KeptInput.Keep(input, codec, context, saved);
            }
            catch
            {
                output.Dispose();
                throw;
            }
        }

        // Outside of every scope: the node takes it over.
        return AttachToGraph([input], output, gradient => [RowTiles.Backward(segment, kept.RestoreLeaf, gradient, tiles)], kept.Dispose);
    }

    /// <summary>Attaches a node that is part of the graph even when no input asks for a gradient, for the sake of parameters inside.</summary>
    internal static Tensor AttachToGraph(IReadOnlyList<Tensor> inputs, Tensor output, Func<Tensor, Tensor?[]> backward, Action release)
    {
        using Tensor anchor = zeros(0, requires_grad: true);
        Tensor[] nodes = [.. inputs, anchor];
        return AutogradNode.Attach(nodes, output, gradient => [.. backward(gradient), null], release);
    }

    private static KeptInput[] KeepAll(
        IReadOnlyList<Tensor> inputs, IReadOnlyList<IActivationCodec?> codecs, IReadOnlyList<SaveContext> contexts, SavedBytes? saved)
    {
        List<KeptInput> kept = new(inputs.Count);
        try
        {
            for (int i = 0; i < inputs.Count; i++)
                kept.Add(KeptInput.Keep(inputs[i], codecs[i], i < contexts.Count ? contexts[i] : default, saved));
            return [.. kept];
        }
        catch
        {
            DisposeAll(kept);
            throw;
        }
    }

    private static void DisposeAll(IEnumerable<KeptInput> kept)
    {
        foreach (KeptInput input in kept) input.Dispose();
    }

    private static Tensor?[] Recompute(Func<IReadOnlyList<Tensor>, Tensor> segment, KeptInput[] kept, Tensor gradient)
    {
        Tensor[] inputs = new Tensor[kept.Length];
        for (int i = 0; i < kept.Length; i++) inputs[i] = kept[i].RestoreLeaf();
        using (enable_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor output = segment(inputs);
            if (output.requires_grad) Autograd.Backward(output, gradient);
        }

        return [.. inputs.Select(input => input.requires_grad ? input.grad : null)];
    }
}
