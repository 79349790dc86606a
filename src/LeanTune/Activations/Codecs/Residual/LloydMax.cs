using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// The scalar quantiser that loses least of a normal number of deviation 1 (Lloyd 1957, Max 1960): its levels, and the tensor
/// expressions that code and decode with them.
/// </summary>
/// <remarks>A code is the magnitude's index plus half of the number of levels for negative numbers.</remarks>
internal sealed class LloydMax : Quantizer
{
    private static readonly LloydMax[] s_all =
    [
        new(4, 0.1175, [0.4528f, 1.5104f], [0.9816f]),
        new(16, 0.0095,
            [0.1284f, 0.3880f, 0.6568f, 0.9423f, 1.2562f, 1.6180f, 2.0690f, 2.7326f],
            [0.2582f, 0.5224f, 0.7995f, 1.0993f, 1.4371f, 1.8435f, 2.4008f]),
    ];

    private LloydMax(int levels, double distortion, float[] magnitudes, float[] thresholds)
        : base(levels, distortion) => (Magnitudes, Thresholds) = (magnitudes, thresholds);

    /// <summary>The values' magnitudes, rising.</summary>
    public float[] Magnitudes { get; }

    /// <summary>Where one magnitude ends and the next begins.</summary>
    public float[] Thresholds { get; }

    /// <summary>The quantiser of so many levels: 4 or 16.</summary>
    public static LloydMax Of(int levels) => Array.Find(s_all, quantizer => quantizer.Levels == levels)
        ?? throw new ArgumentOutOfRangeException(nameof(levels), levels, "4 or 16 levels are expected.");

    /// <summary>The value of each code.</summary>
    public float[] Values() => [.. Magnitudes, .. Magnitudes.Select(magnitude => -magnitude)];

    /// <inheritdoc/>
    /// <remarks>Of any shape.</remarks>
    public override Tensor Encode(Tensor numbers)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        Tensor sizes = numbers.abs();
        Tensor codes = zeros(numbers.shape, ScalarType.Byte, numbers.device);
        foreach (float threshold in Thresholds) codes.add_(sizes.gt(threshold).to(ScalarType.Byte));
        Tensor negative = numbers.lt(0).to(ScalarType.Byte);
        return codes.add_(negative.mul_((byte)(Levels / 2))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>Of any shape.</remarks>
    public override Tensor Decode(Tensor codes)
    {
        using Tensor values = tensor(Values(), device: codes.device);
        using Tensor index = codes.to(ScalarType.Int64).flatten(); // (all)
        using Tensor flat = values.index_select(0, index);
        return flat.view(codes.shape); // as the codes
    }
}
