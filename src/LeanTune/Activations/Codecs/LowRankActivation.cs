using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>An activation that is kept as two factors over its real rows.</summary>
internal sealed class LowRankActivation : SavedActivation
{
    private readonly LowRankFactors factors;
    private readonly RowRuns rows;
    private readonly ScalarType type;

    public LowRankActivation(LowRankFactors factors, RowRuns rows, Tensor activation)
    {
        this.factors = factors;
        this.rows = rows;
        type = activation.dtype;
        Shape = activation.shape;
    }

    public override long Bytes => factors.Bytes;

    public override IReadOnlyList<long> Shape { get; }

    public override Tensor Restore(long firstRow, long rows)
    {
        CheckRows(firstRow, rows, this.rows.Population);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        RowRuns.Run[] parts = [.. this.rows.Within(firstRow, rows)];
        if (parts is [{ } only] && only.Length == rows) return Product(only).MoveToOuterDisposeScope();
        Tensor restored = zeros(rows, Shape[^1], type, factors.Left.device);
        foreach (RowRuns.Run part in parts)
        {
            using Tensor target = restored.narrow(0, part.Start - firstRow, part.Length);
            using Tensor values = Product(part);
            target.copy_(values);
        }
        return restored.MoveToOuterDisposeScope();
    }

    /// <summary>Only when every row is real: else the left factor has fewer rows than the activation.</summary>
    public override bool TryGetFactors(out Tensor left, out Tensor right)
    {
        if (rows.Count != rows.Population) return base.TryGetFactors(out left, out right);
        (left, right) = (factors.Left, factors.Right);
        return true;
    }

    protected override void Dispose(bool disposing) => factors.Dispose();

    private Tensor Product(RowRuns.Run part)
    {
        using var scope = NewDisposeScope();
        Tensor left = factors.Left.narrow(0, part.Offset, part.Length); // (rows, k)
        Tensor product = left.dtype == type
            ? left.mm(factors.Right)
            : left.to(RowProducts.ComputeType(type)).mm(factors.Right.to(RowProducts.ComputeType(type)));
        return product.to(type).MoveToOuterDisposeScope(); // (rows, n)
    }
}
