using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace LeanTune.Checkpoints;

/// <summary>One tensor type of GGUF: its number, its block, and how it is read.</summary>
/// <param name="Id">The number in the file.</param>
/// <param name="Name">The type's name in ggml.</param>
/// <param name="BlockElements">Elements a block; 1 for plain types. Blocks never cross rows.</param>
/// <param name="BlockBytes">Bytes a block.</param>
/// <param name="ReadAs">
/// What reading gives: the type itself for plain types, fp32 for block types; null for what is not supported yet.
/// </param>
/// <param name="Decode">Dequantises whole blocks; null for plain types.</param>
internal sealed record GgufType(
    uint Id, string Name, int BlockElements, int BlockBytes, ScalarType? ReadAs = null, GgufBlocks.Decoder? Decode = null)
{
    private static readonly GgufType[] s_all =
    [
        new(0, "F32", 1, 4, ScalarType.Float32),
        new(1, "F16", 1, 2, ScalarType.Float16),
        new(2, "Q4_0", 32, 18, ScalarType.Float32, GgufBlocks.Q4_0),
        new(3, "Q4_1", 32, 20, ScalarType.Float32, GgufBlocks.Q4_1),
        new(6, "Q5_0", 32, 22),
        new(7, "Q5_1", 32, 24),
        new(8, "Q8_0", 32, 34, ScalarType.Float32, GgufBlocks.Q8_0),
        new(9, "Q8_1", 32, 36),
        new(10, "Q2_K", 256, 84),
        new(11, "Q3_K", 256, 110),
        new(12, "Q4_K", 256, 144),
        new(13, "Q5_K", 256, 176),
        new(14, "Q6_K", 256, 210),
        new(15, "Q8_K", 256, 292),
        new(16, "IQ2_XXS", 256, 66),
        new(17, "IQ2_XS", 256, 74),
        new(18, "IQ3_XXS", 256, 98),
        new(19, "IQ1_S", 256, 50),
        new(20, "IQ4_NL", 32, 18),
        new(21, "IQ3_S", 256, 110),
        new(22, "IQ2_S", 256, 82),
        new(23, "IQ4_XS", 256, 136),
        new(24, "I8", 1, 1, ScalarType.Int8),
        new(25, "I16", 1, 2, ScalarType.Int16),
        new(26, "I32", 1, 4, ScalarType.Int32),
        new(27, "I64", 1, 8, ScalarType.Int64),
        new(28, "F64", 1, 8, ScalarType.Float64),
        new(29, "IQ1_M", 256, 56),
        new(30, "BF16", 1, 2, ScalarType.BFloat16),
        new(34, "TQ1_0", 256, 54),
        new(35, "TQ2_0", 256, 66),
        new(39, "MXFP4", 32, 17),
    ];

    private static readonly Dictionary<uint, GgufType> s_byId = s_all.ToDictionary(static type => type.Id);

    /// <summary>Names of the types that can be read, for messages.</summary>
    public static string Supported { get; } = string.Join(", ", s_all.Where(static type => type.ReadAs is not null).Select(static type => type.Name));

    /// <summary>Finds a type by its number.</summary>
    public static bool TryFind(uint id, [NotNullWhen(true)] out GgufType? type) => s_byId.TryGetValue(id, out type);
}
