using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>An activation that is kept as it is.</summary>
internal sealed class ExactActivation : SavedActivation
{
    private readonly Tensor kept; // (m, n)

    public ExactActivation(Tensor activation)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long own = activation.numel() * activation.element_size();
        bool alone = activation.is_contiguous() && TensorStorage.Bytes(activation) <= own;
        Tensor source = activation.detach();
        Tensor dense = alone ? source : source.is_contiguous() ? source.clone() : source.contiguous();
        kept = dense.view(-1, activation.shape[^1]).DetachFromDisposeScope(); // (m, n)
        Shape = activation.shape;
        Bytes = own;
    }

    public override long Bytes { get; }

    public override IReadOnlyList<long> Shape { get; }

    /// <summary>Shares the kept memory.</summary>
    public override Tensor Restore(long firstRow, long rows)
    {
        CheckRows(firstRow, rows, kept.shape[0]);
        return kept.narrow(0, firstRow, rows);
    }

    protected override void Dispose(bool disposing) => kept.Dispose();
}
