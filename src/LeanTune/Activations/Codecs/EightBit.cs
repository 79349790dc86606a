using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>
/// Keeps 8 bits an element: each row in groups of 128 neighbouring features, coded as whole numbers from −127 to 127 times the
/// group's largest magnitude / 127, which is kept in fp32.
/// </summary>
/// <remarks>
/// Nothing is fitted, so padding rows harm no other row. A group with a NaN or an infinity comes back as NaN and harms no other. Where the
/// codes would not be smaller than the activation, the activation itself is kept.
/// </remarks>
public sealed class EightBit : IActivationCodec
{
    /// <inheritdoc/>
    public bool Serves(ActivationRole role) => true;

    /// <inheritdoc/>
    public SavedActivation Save(Tensor activation, in SaveContext context)
    {
        ArgumentNullException.ThrowIfNull(activation);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long features = activation.shape[^1];
        Tensor matrix = activation.detach().reshape(-1, features); // (m, n)
        (long rows, long groups) = (matrix.shape[0], EightBitGroups.Count(features));
        if (rows * (features + (groups * sizeof(float))) >= matrix.numel() * activation.element_size()) return new ExactActivation(activation);
        Tensor codes = empty(rows, features, ScalarType.Int8, matrix.device), scales = empty(rows, groups, ScalarType.Float32, matrix.device);
        foreach (RowTile tile in EightBitGroups.Tiles(rows, features, matrix.dtype))
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor values = matrix.narrow(0, tile.First, tile.Rows).to(ScalarType.Float32).contiguous();
            EightBitGroups.Encode(values, codes.narrow(0, tile.First, tile.Rows), scales.narrow(0, tile.First, tile.Rows));
        }

        return new EightBitActivation(codes.DetachFromDisposeScope(), scales.DetachFromDisposeScope(), activation);
    }

    /// <inheritdoc/>
    public CodecBytes Expect(long rows, long features, ScalarType type)
    {
        CodecBytes whole = CodecBytes.Whole(rows, features, type);
        long coded = rows * (features + (EightBitGroups.Count(features) * sizeof(float)));
        return coded >= whole.Kept ? whole : new CodecBytes(coded);
    }

    /// <inheritdoc/>
    public override string ToString() => "int8";
}
