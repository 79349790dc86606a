using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>One element type of the safetensors format: its code, its width, and what reading it gives.</summary>
/// <param name="Code">The name in the header.</param>
/// <param name="Bits">Bits an element; below 8 elements are packed.</param>
/// <param name="ReadAs">
/// The type that reading gives: the type itself where libtorch has it, else the smallest one that holds every value exactly;
/// null for the 6-bit floats, whose packing the format leaves open.
/// </param>
/// <param name="Decode">Widens stored bytes to <paramref name="ReadAs"/>; null where the stored bytes are the tensor's own.</param>
internal sealed record SafetensorsDtype(string Code, int Bits, ScalarType? ReadAs, SmallTypes.Decoder? Decode = null)
{
    private static readonly SafetensorsDtype[] s_all =
    [
        new("BOOL", 8, ScalarType.Bool),
        new("U8", 8, ScalarType.Byte),
        new("I8", 8, ScalarType.Int8),
        new("I16", 16, ScalarType.Int16),
        new("I32", 32, ScalarType.Int32),
        new("I64", 64, ScalarType.Int64),
        new("F16", 16, ScalarType.Float16),
        new("BF16", 16, ScalarType.BFloat16),
        new("F32", 32, ScalarType.Float32),
        new("F64", 64, ScalarType.Float64),
        new("C64", 64, ScalarType.ComplexFloat32),
        new("U16", 16, ScalarType.Int32, SmallTypes.UInt16ToInt32),
        new("U32", 32, ScalarType.Int64, SmallTypes.UInt32ToInt64),
        new("U64", 64, ScalarType.Int64, SmallTypes.UInt64ToInt64),
        new("F8_E4M3", 8, ScalarType.Float32, SmallTypes.Float8(exponentBits: 4, bias: 7, hasInfinity: false)),
        new("F8_E5M2", 8, ScalarType.Float32, SmallTypes.Float8(exponentBits: 5, bias: 15, hasInfinity: true)),
        new("F8_E4M3FNUZ", 8, ScalarType.Float32, SmallTypes.Float8UnsignedZero(exponentBits: 4, bias: 8)),
        new("F8_E5M2FNUZ", 8, ScalarType.Float32, SmallTypes.Float8UnsignedZero(exponentBits: 5, bias: 16)),
        new("F8_E8M0", 8, ScalarType.Float32, SmallTypes.PowerOfTwo),
        new("F4", 4, ScalarType.Float32, SmallTypes.Float4),
        new("F6_E2M3", 6, null),
        new("F6_E3M2", 6, null),
    ];

    private static readonly Dictionary<string, SafetensorsDtype> s_byCode = s_all.ToDictionary(static dtype => dtype.Code, StringComparer.Ordinal);

    /// <summary>All codes of the format, for messages.</summary>
    public static IEnumerable<string> Codes => s_all.Select(static dtype => dtype.Code);

    /// <summary>Finds a type by the code in the header.</summary>
    public static bool TryFind(string code, [NotNullWhen(true)] out SafetensorsDtype? dtype) => s_byCode.TryGetValue(code, out dtype);

    /// <summary>The type that a tensor is written as, bit for bit.</summary>
    /// <exception cref="NotSupportedException">The format has no such type.</exception>
    public static SafetensorsDtype Of(ScalarType type) =>
        s_all.FirstOrDefault(dtype => dtype.ReadAs == type && dtype.Decode is null)
        ?? throw new NotSupportedException($"Safetensors cannot hold tensors of type {type}; convert them first.");
}
