using System.Runtime.InteropServices;

namespace LeanTune.Checkpoints;

/// <summary>
/// Exact widening of the element types that libtorch or TorchSharp lacks, by their definitions (OCP 8-bit and microscaling formats).
/// </summary>
internal static class SmallTypes
{
    /// <summary>Widens packed source bytes to the bytes of the target type.</summary>
    /// <exception cref="OverflowException">A value does not fit the target type.</exception>
    public delegate void Decoder(ReadOnlySpan<byte> source, Span<byte> target);

    public static Decoder UInt16ToInt32 { get; } = static (source, target) =>
    {
        ReadOnlySpan<ushort> from = MemoryMarshal.Cast<byte, ushort>(source);
        Span<int> to = MemoryMarshal.Cast<byte, int>(target);
        for (int i = 0; i < from.Length; i++)
            to[i] = from[i];
    };

    public static Decoder UInt32ToInt64 { get; } = static (source, target) =>
    {
        ReadOnlySpan<uint> from = MemoryMarshal.Cast<byte, uint>(source);
        Span<long> to = MemoryMarshal.Cast<byte, long>(target);
        for (int i = 0; i < from.Length; i++)
            to[i] = from[i];
    };

    public static Decoder UInt64ToInt64 { get; } = static (source, target) =>
    {
        ReadOnlySpan<ulong> from = MemoryMarshal.Cast<byte, ulong>(source);
        Span<long> to = MemoryMarshal.Cast<byte, long>(target);
        for (int i = 0; i < from.Length; i++)
            to[i] = checked((long)from[i]);
    };

    /// <summary>2^(code − 127); code 255 is not a number.</summary>
    public static Decoder PowerOfTwo { get; } = FromTable(static code => code == 255 ? float.NaN : MathF.ScaleB(1, code - 127));

    /// <summary>E2M1, two values a byte, the first in the low nibble.</summary>
    public static Decoder Float4 { get; } = static (source, target) =>
    {
        ReadOnlySpan<float> values = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];
        Span<float> to = MemoryMarshal.Cast<byte, float>(target);
        for (int i = 0; i < source.Length; i++)
        {
            to[2 * i] = values[source[i] & 15];
            to[2 * i + 1] = values[source[i] >> 4];
        }
    };

    /// <summary>
    /// An 8-bit float with signed zero. With infinities the top exponent means what IEEE 754 says; without, only all ones is not a number.
    /// </summary>
    public static Decoder Float8(int exponentBits, int bias, bool hasInfinity) => FromTable(code =>
    {
        int mantissaBits = 7 - exponentBits, mantissaMask = (1 << mantissaBits) - 1;
        int exponent = (code & 0x7F) >> mantissaBits, mantissa = code & mantissaMask;
        bool top = exponent == (1 << exponentBits) - 1;
        float sign = code >= 0x80 ? -1 : 1;
        if (top && hasInfinity)
            return mantissa == 0 ? sign * float.PositiveInfinity : float.NaN;
        if (top && mantissa == mantissaMask)
            return float.NaN;
        return sign * Magnitude(exponent, mantissa, mantissaBits, bias);
    });

    /// <summary>An 8-bit float without infinity and negative zero: the code of negative zero is not a number.</summary>
    public static Decoder Float8UnsignedZero(int exponentBits, int bias) => FromTable(code =>
    {
        int mantissaBits = 7 - exponentBits;
        int exponent = (code & 0x7F) >> mantissaBits, mantissa = code & ((1 << mantissaBits) - 1);
        return code == 0x80 ? float.NaN : (code >= 0x80 ? -1 : 1) * Magnitude(exponent, mantissa, mantissaBits, bias);
    });

    private static float Magnitude(int exponent, int mantissa, int mantissaBits, int bias) =>
        exponent == 0
            ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : MathF.ScaleB((1 << mantissaBits) + mantissa, exponent - bias - mantissaBits);

    private static Decoder FromTable(Func<int, float> value)
    {
        float[] table = [.. Enumerable.Range(0, 256).Select(value)];
        return (source, target) =>
        {
            Span<float> to = MemoryMarshal.Cast<byte, float>(target);
            for (int i = 0; i < source.Length; i++)
                to[i] = table[source[i]];
        };
    }
}
