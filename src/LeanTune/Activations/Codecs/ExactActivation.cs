using LeanTune.Linalg;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>An activation that is kept as it is.</summary>
internal sealed class ExactActivation : SavedActivation
{
    private readonly Tensor _kept; // (m, n)

    public ExactActivation(Tensor activation)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long own = activation.numel() * activation.element_size();
        long features = activation.dim() == 0 ? 1 : activation.shape[^1];
        long rows = activation.dim() == 0 ? 1 : activation.shape[..^1].Aggregate(1L, (product, size) => product * size);
        bool alone = activation.is_contiguous() && TensorStorage.Bytes(activation) <= own;
        Tensor source = activation.detach();
        Tensor dense = alone ? source : source.is_contiguous() ? source.clone() : source.contiguous();
        _kept = dense.view(rows, features).DetachFromDisposeScope(); // (m, n)
        Shape = activation.shape;
        Bytes = own;
    }

    public override long Bytes { get; }

    public override string Kind => SavedBytes.Exact;

    public override IReadOnlyList<long> Shape { get; }

    internal override bool RestoresByView => _kept.dtype == RowProducts.ComputeType(_kept.dtype);

    /// <summary>Shares the kept memory.</summary>
    public override Tensor Restore(long firstRow, long rows)
    {
        CheckRows(firstRow, rows, _kept.shape[0]);
        return _kept.narrow(0, firstRow, rows);
    }

    protected override void Dispose(bool disposing) => _kept.Dispose();
}
