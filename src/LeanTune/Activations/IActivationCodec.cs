using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations;

/// <summary>
/// The one question of activation memory, asked once per tensor that the backward pass will want: what do we keep of it?
/// </summary>
/// <remarks>Codecs hold no state of their own between calls; what a codec needs of earlier blocks comes through <see cref="SaveContext.Chain"/>.</remarks>
public interface IActivationCodec
{
    /// <summary>Keeps what <see cref="SavedActivation.Restore(long, long)"/> will need of an activation. Runs in the forward pass, without gradients.</summary>
    /// <param name="activation">(..., n): all leading dimensions are rows (tokens), the last is features. Stays the caller's.</param>
    /// <param name="context">Where the tensor stands, which rows count, and the draws to use.</param>
    /// <returns>What was kept; the caller disposes it.</returns>
    SavedActivation Save(Tensor activation, in SaveContext context);

    /// <summary>Whether the codec can serve a tensor of this role. A plan that asks for more is refused before the run.</summary>
    bool Serves(ActivationRole role);

    /// <summary>Whether it codes each value of the residual stream against the one before, through <see cref="SaveContext.Chain"/>. Blocks then hand it that stream.</summary>
    bool Chained => false;

    /// <summary>Whether activations come back as they were, bit by bit. Mode ops then keeps everything so.</summary>
    bool Lossless => false;

    /// <summary>What the codec is expected to need for an activation, before there is one: what planners and estimates count with.</summary>
    /// <param name="rows">m, real tokens.</param>
    /// <param name="features">n.</param>
    /// <param name="type">The activation's data type.</param>
    CodecBytes Expect(long rows, long features, ScalarType type) => CodecBytes.Whole(rows, features, type);
}

/// <summary>Expected native bytes of one kept activation.</summary>
/// <param name="Kept">What stays until the backward pass.</param>
/// <param name="Working">What <see cref="IActivationCodec.Save"/> needs beside it, at its highest.</param>
/// <param name="Shared">Kept once for all activations of a chain.</param>
public readonly record struct CodecBytes(long Kept, long Working = 0, long Shared = 0)
{
    /// <summary>The activation as it is.</summary>
    public static CodecBytes Whole(long rows, long features, ScalarType type) => new(rows * features * type.ElementSize());
}

/// <summary>What a kept tensor is to its block.</summary>
public enum ActivationRole
{
    /// <summary>The input of a block (the residual stream).</summary>
    BlockInput,

    /// <summary>A norm's normalised value, before its affine weight.</summary>
    Normalized,

    /// <summary>The input of a linear with an adapter.</summary>
    LinearInput,

    /// <summary>The input of an activation function.</summary>
    FunctionInput,
}

/// <summary>Where a kept tensor stands in the model.</summary>
/// <param name="Block">Index of the block, from 0.</param>
/// <param name="Role">What the tensor is to the block.</param>
/// <param name="Ordinal">Counts tensors of equal role within the block, in forward order.</param>
public readonly record struct ActivationSite(int Block, ActivationRole Role, int Ordinal = 0)
{
    /// <inheritdoc/>
    public override string ToString() => $"block {Block} {Role}{(Ordinal == 0 ? "" : $" #{Ordinal}")}";
}

/// <summary>What a codec is told beside the tensor itself.</summary>
/// <param name="Site">Block and role.</param>
/// <param name="Draws">The codec's own seeded draws; never the model's generator.</param>
/// <param name="RowMask">(N) bool, true for real tokens, or null when every row is real. Other rows are left out of every fit. Borrowed.</param>
/// <param name="Chain">State of the micro-batch that codecs which code against the block before share, or null.</param>
public readonly record struct SaveContext(ActivationSite Site, IDraws Draws, Tensor? RowMask = null, ChainState? Chain = null);

/// <summary>What was kept of one activation. Blocks restore in exactly the reverse order of saving where a chain is in use.</summary>
public abstract class SavedActivation : IDisposable
{
    /// <summary>Bytes of native memory held, everything counted.</summary>
    public abstract long Bytes { get; }

    /// <summary>What it is in the ledger of kept bytes, such as <see cref="SavedBytes.Factors"/>.</summary>
    public abstract string Kind { get; }

    /// <summary>Shape of the tensor that was given to <see cref="IActivationCodec.Save"/>.</summary>
    public abstract IReadOnlyList<long> Shape { get; }

    /// <summary>Directions that were kept of the activation, or of its difference to the one before; null where the kept form has none.</summary>
    internal virtual int? Rank => null;

    /// <summary>Whether restoring shares memory that is kept anyway, in the type in which sums run, so that rebuilding all rows at once costs nothing.</summary>
    internal virtual bool RestoresByView => false;

    /// <summary>Rebuilds some rows of the activation, in its own data type.</summary>
    /// <param name="firstRow">Index of the first row (leading dimensions flattened).</param>
    /// <param name="rows">How many rows.</param>
    /// <returns>(rows, n), without graph; the caller disposes it.</returns>
    public abstract Tensor Restore(long firstRow, long rows);

    /// <summary>Rebuilds the whole activation in its own shape; the caller disposes it.</summary>
    public virtual Tensor Restore()
    {
        long rows = 1;
        for (int i = 0; i < Shape.Count - 1; i++) rows *= Shape[i];
        using Tensor flat = Restore(0, rows);
        return flat.view([.. Shape]); // (..., n)
    }

    /// <summary>Gives the factors when the kept form is purely a product of two, so that what reads it need not rebuild it.</summary>
    /// <param name="left">(m, k): one row for each real row. Stays owned by this object.</param>
    /// <param name="right">(k, n). Stays owned by this object.</param>
    /// <param name="rows">Where the m rows lie in the activation, in order, as runs of neighbours; the activation's other rows are zero.</param>
    /// <returns>Whether the kept form is such a product.</returns>
    public virtual bool TryGetFactors(out Tensor left, out Tensor right, out IReadOnlyList<RowTile> rows)
    {
        (left, right, rows) = (null!, null!, []);
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Checks the arguments of <see cref="Restore(long, long)"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The slice does not lie within the activation's rows.</exception>
    protected static void CheckRows(long firstRow, long rows, long all)
    {
        if (firstRow < 0 || rows < 0 || firstRow > all - rows)
            throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, $"Rows {firstRow} to {firstRow + rows} of an activation of {all} rows.");
    }

    /// <summary>Frees the native tensors.</summary>
    protected abstract void Dispose(bool disposing);
}
