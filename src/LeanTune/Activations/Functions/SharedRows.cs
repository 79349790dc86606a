using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>A tensor that is shared with whoever else reads it, as plain autograd shares it: never copied, so a view keeps its whole alive.</summary>
/// <param name="rows">(..., n). Borrowed; not to be written to before the backward pass.</param>
internal sealed class SharedRows(Tensor rows) : SavedActivation
{
    private readonly Tensor _rows = rows.detach().DetachFromDisposeScope();

    /// <summary>What is shared is not this object's to count.</summary>
    public override long Bytes => 0;

    public override string Kind => SavedBytes.Exact;

    public override IReadOnlyList<long> Shape { get; } = rows.shape;

    internal override bool RestoresByView => _rows.dim() == 2 && _rows.dtype == RowProducts.ComputeType(_rows.dtype);

    /// <summary>Shares the memory, where rows of more dimensions lie one after another.</summary>
    public override Tensor Restore(long firstRow, long rows)
    {
        using Tensor flat = _rows.dim() == 2 ? _rows.alias() : _rows.reshape(-1, _rows.dim() == 0 ? 1 : _rows.shape[^1]); // (N, n)
        CheckRows(firstRow, rows, flat.shape[0]);
        return flat.narrow(0, firstRow, rows);
    }

    /// <summary>Shares the memory, strides and all.</summary>
    public override Tensor Restore() => _rows.alias();

    protected override void Dispose(bool disposing) => _rows.Dispose();
}
