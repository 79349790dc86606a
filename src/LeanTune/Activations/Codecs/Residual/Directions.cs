using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// The strong directions of a difference, as they are kept: four bits an entry. The first ones have finer coefficients.
/// </summary>
/// <remarks>
/// A direction has length 1, so mixed over all features its entries are normal numbers of known deviation: no scale is kept, and what
/// the four bits lose of it is left to the remainder, since coefficients are taken along the decoded direction.
/// Owns its tensor, which belongs to no dispose scope.
/// </remarks>
internal sealed class Directions : IDisposable
{
    private const int Levels = 16;
    private readonly Tensor _codes; // (k, bytes) uint8
    private readonly int _features;

    /// <param name="basis">(k, n) fp32, rows of length 1.</param>
    /// <param name="fine">How many of the first rows get coefficients of 16 levels; the others get 4.</param>
    public Directions(Tensor basis, int fine)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        (Fine, _features) = (fine, (int)basis.shape[1]);
        Tensor numbers = Mixing().Forward(basis).mul_(Math.Sqrt(_features));
        _codes = Layout.Pack(LloydMax.Of(Levels).Encode(numbers)).DetachFromDisposeScope();
    }

    /// <summary>k.</summary>
    public int Count => (int)_codes.shape[0];

    /// <summary>Directions whose coefficients have 16 levels.</summary>
    public int Fine { get; }

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => _codes.numel();

    /// <summary>Share of a direction's energy that its four bits lose.</summary>
    public static double Distortion => LloydMax.Of(Levels).Distortion;

    /// <summary>Layout of a row's fine coefficients.</summary>
    public CodeLayout FineLayout => new(16, Fine);

    /// <summary>Layout of a row's other coefficients.</summary>
    public CodeLayout CoarseLayout => new(4, Count - Fine);

    private CodeLayout Layout => new(Levels, _features);

    /// <summary>(k, n) fp32, as the decoder sees them, rows of length 1; the caller disposes it.</summary>
    public Tensor Decode()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        Tensor decoded = Mixing().Inverse(LloydMax.Of(Levels).Decode(Layout.Unpack(_codes)));
        return decoded.div_(decoded.norm(1, keepdim: true)).MoveToOuterDisposeScope();
    }

    public void Dispose() => _codes.Dispose();

    private Rotation Mixing() => Rotation.Of(_features, 2);
}
