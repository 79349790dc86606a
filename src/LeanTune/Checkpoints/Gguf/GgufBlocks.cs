using System.Buffers.Binary;

namespace LeanTune.Checkpoints;

/// <summary>
/// Dequantises ggml's blocks of 32 in fp32, each operation rounded on its own, so that results are the same bits everywhere.
/// </summary>
/// <remarks>
/// d and m are the block's fp16 scale and minimum, q its codes. In the 4-bit types element i (0 to 15) is the low nibble of byte i and
/// element 16 + i the high one.
/// </remarks>
internal static class GgufBlocks
{
    private const int BlockElements = 32;

    /// <summary>Dequantises whole blocks.</summary>
    public delegate void Decoder(ReadOnlySpan<byte> blocks, Span<float> values);

    /// <summary>w = (q − 8)·d; 18 bytes: d, 16 bytes of nibbles.</summary>
    public static void Q4_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[18..], values = values[BlockElements..])
        {
            float scale = Fp16(blocks);
            ReadOnlySpan<byte> codes = blocks.Slice(2, 16);
            for (int i = 0; i < codes.Length; i++)
            {
                values[i] = ((codes[i] & 15) - 8) * scale;
                values[16 + i] = ((codes[i] >> 4) - 8) * scale;
            }
        }
    }

    /// <summary>w = q·d + m; 20 bytes: d, m, 16 bytes of nibbles. q·d is exact in fp32, so the sum is the one rounding.</summary>
    public static void Q4_1(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[20..], values = values[BlockElements..])
        {
            float scale = Fp16(blocks), minimum = Fp16(blocks[2..]);
            ReadOnlySpan<byte> codes = blocks.Slice(4, 16);
            for (int i = 0; i < codes.Length; i++)
            {
                values[i] = (codes[i] & 15) * scale + minimum;
                values[16 + i] = (codes[i] >> 4) * scale + minimum;
            }
        }
    }

    /// <summary>w = q·d; 34 bytes: d, 32 signed bytes.</summary>
    public static void Q8_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[34..], values = values[BlockElements..])
        {
            float scale = Fp16(blocks);
            ReadOnlySpan<byte> codes = blocks.Slice(2, BlockElements);
            for (int i = 0; i < codes.Length; i++)
                values[i] = (sbyte)codes[i] * scale;
        }
    }

    private static float Fp16(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);
}
