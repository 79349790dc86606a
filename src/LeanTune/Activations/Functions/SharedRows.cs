using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>Rows that are shared with whoever else reads them, as plain autograd shares them: never copied, so a view keeps its whole alive.</summary>
/// <param name="rows">(N, n). Borrowed; not to be written to before the backward pass.</param>
internal sealed class SharedRows(Tensor rows) : SavedActivation
{
    private readonly Tensor _rows = rows.detach().DetachFromDisposeScope();

    /// <summary>What is shared is not this object's to count.</summary>
    public override long Bytes => 0;

    public override string Kind => SavedBytes.Exact;

    public override IReadOnlyList<long> Shape { get; } = rows.shape;

    internal override bool RestoresByView => _rows.dtype == RowProducts.ComputeType(_rows.dtype);

    public override Tensor Restore(long firstRow, long rows)
    {
        CheckRows(firstRow, rows, _rows.shape[0]);
        return _rows.narrow(0, firstRow, rows);
    }

    protected override void Dispose(bool disposing) => _rows.Dispose();
}
