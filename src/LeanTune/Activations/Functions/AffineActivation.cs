using LeanTune.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>What a norm hands on, w · z + b, computed from the kept normalised value z. Factors of z give factors of it where there is no b.</summary>
internal sealed class AffineActivation : SavedActivation
{
    private readonly SharedActivation _normalized;
    private readonly Tensor _weight; // (n)
    private readonly Tensor? _bias; // (n)
    private Tensor? _right;

    private AffineActivation(SharedActivation normalized, Tensor weight, Tensor? bias)
    {
        _normalized = normalized;
        _weight = weight.detach().DetachFromDisposeScope();
        _bias = bias?.detach().DetachFromDisposeScope();
    }

    public override long Bytes => 0;

    public override string Kind => _normalized.Kind;

    public override IReadOnlyList<long> Shape => _normalized.Shape;

    /// <summary>A handle on the norm's output.</summary>
    /// <param name="normalized">z, (..., n). Taken over.</param>
    /// <param name="weight">(n). Borrowed; not to be written to before the backward pass.</param>
    /// <param name="bias">(n) or null. Borrowed likewise.</param>
    public static SharedActivation Of(SharedActivation normalized, Tensor weight, Tensor? bias) =>
        SharedActivation.Own(new AffineActivation(normalized, weight, bias), normalized.Site, normalized.Ledger);

    public override Tensor Restore(long firstRow, long rows)
    {
        using var noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor normalized = _normalized.Restore(firstRow, rows); // may share what is kept: not in place
        ScalarType type = RowProducts.ComputeType(normalized.dtype);
        Tensor output = normalized.to(type) * _weight.to(type);
        if (_bias is not null) output.add_(_bias.to(type));
        return output.to(normalized.dtype).MoveToOuterDisposeScope();
    }

    public override bool TryGetFactors(out Tensor left, out Tensor right, out IReadOnlyList<RowTile> rows)
    {
        if (_bias is not null || !_normalized.TryGetFactors(out left, out right, out rows)) return base.TryGetFactors(out left, out right, out rows);
        using var noGrad = no_grad();
        right = _right ??= (right * _weight).to(right.dtype).DetachFromDisposeScope(); // (k, n)
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        _normalized.Dispose();
        _weight.Dispose();
        _bias?.Dispose();
        _right?.Dispose();
    }
}
