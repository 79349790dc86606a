using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>The strong directions of a difference, as they are kept: int8 with one scale each. The first ones have finer coefficients.</summary>
/// <remarks>Owns its tensors, which belong to no dispose scope.</remarks>
internal sealed class Directions : IDisposable
{
    private const int Largest = 127;
    private readonly Tensor _codes; // (k, n) int8
    private readonly Tensor _scales; // (k) bf16

    /// <param name="basis">(k, n) fp32, rows of length 1.</param>
    /// <param name="fine">How many of the first rows get 16 levels; the others get 4.</param>
    public Directions(Tensor basis, int fine)
    {
        using var scope = NewDisposeScope();
        Fine = fine;
        Tensor scales = (basis.abs().amax([1]) / Largest).to(ScalarType.BFloat16); // (k)
        Tensor steps = scales.to(ScalarType.Float32).clamp_min(1e-30).unsqueeze(1); // (k, 1)
        _codes = (basis / steps).round().clamp(-Largest, Largest).to(ScalarType.Int8).contiguous().DetachFromDisposeScope();
        _scales = scales.DetachFromDisposeScope();
    }

    /// <summary>k.</summary>
    public int Count => (int)_codes.shape[0];

    /// <summary>Directions whose coefficients have 16 levels.</summary>
    public int Fine { get; }

    /// <summary>Bytes of native memory.</summary>
    public long Bytes => BytesOf(Count, _codes.shape[1]);

    /// <summary>Layout of a row's fine coefficients.</summary>
    public CodeLayout FineLayout => new(16, Fine);

    /// <summary>Layout of a row's other coefficients.</summary>
    public CodeLayout CoarseLayout => new(4, Count - Fine);

    /// <summary>Bytes of k directions of n features.</summary>
    public static long BytesOf(int count, long features) => count * (features + 2);

    /// <summary>(k, n) fp32, as the decoder sees them; the caller disposes it.</summary>
    public Tensor Decode()
    {
        using var scope = NewDisposeScope();
        return _codes.to(ScalarType.Float32).mul_(_scales.to(ScalarType.Float32).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
    }
}
