using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>An activation that is kept as two factors over its real rows.</summary>
internal sealed class LowRankActivation : SavedActivation
{
    private readonly LowRankFactors _factors;
    private readonly RowRuns _rows;
    private readonly ScalarType _type;

    public LowRankActivation(LowRankFactors factors, RowRuns rows, Tensor activation)
    {
        _factors = factors;
        _rows = rows;
        _type = activation.dtype;
        Shape = activation.shape;
    }

    public override long Bytes => _factors.Bytes;

    public override string Kind => SavedBytes.Factors;

    public override IReadOnlyList<long> Shape { get; }

    internal override int? Rank => (int)_factors.Left.shape[1];

    public override Tensor Restore(long firstRow, long rows)
    {
        CheckRows(firstRow, rows, _rows.Population);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        RowRuns.Run[] parts = [.. _rows.Within(firstRow, rows)];
        if (parts is [{ } only] && only.Length == rows) return Product(only).MoveToOuterDisposeScope();
        Tensor restored = zeros(rows, Shape[^1], _type, _factors.Left.device);
        foreach (RowRuns.Run part in parts)
        {
            using Tensor target = restored.narrow(0, part.Start - firstRow, part.Length);
            using Tensor values = Product(part);
            target.copy_(values);
        }
        return restored.MoveToOuterDisposeScope();
    }

    public override bool TryGetFactors(out Tensor left, out Tensor right, out IReadOnlyList<RowTile> rows)
    {
        (left, right, rows) = (_factors.Left, _factors.Right, [.. _rows.Within(0, _rows.Population).Select(run => new RowTile(run.Start, run.Length))]);
        return true;
    }

    protected override void Dispose(bool disposing) => _factors.Dispose();

    private Tensor Product(RowRuns.Run part)
    {
        using var scope = NewDisposeScope();
        Tensor left = _factors.Left.narrow(0, part.Offset, part.Length); // (rows, k)
        Tensor product = left.dtype == _type
            ? left.mm(_factors.Right)
            : left.to(RowProducts.ComputeType(_type)).mm(_factors.Right.to(RowProducts.ComputeType(_type)));
        return product.to(_type).MoveToOuterDisposeScope(); // (rows, n)
    }
}
