using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>A quantiser's levels and thresholds in vectors, for eight numbers at a time.</summary>
/// <typeparam name="TLevels">How many levels: 4 or 16.</typeparam>
internal readonly struct LevelTable<TLevels>
    where TLevels : struct, ILevels
{
    private readonly Vector256<float> _values; // by magnitude, scaled
    private readonly Vector256<float> _t0, _t1, _t2, _t3, _t4, _t5, _t6; // four levels have the first alone

    /// <param name="scale">What decoded values are multiplied by.</param>
    public LevelTable(float scale)
    {
        var quantizer = LloydMax.Of(TLevels.Count);
        Span<float> values = stackalloc float[8];
        values.Clear();
        quantizer.Magnitudes.CopyTo(values);
        _values = Vector256.Create<float>(values) * scale;
        float[] thresholds = quantizer.Thresholds;
        _t0 = Vector256.Create(thresholds[0]);
        if (TLevels.Count == 4) return;
        (_t1, _t2, _t3) = (Vector256.Create(thresholds[1]), Vector256.Create(thresholds[2]), Vector256.Create(thresholds[3]));
        (_t4, _t5, _t6) = (Vector256.Create(thresholds[4]), Vector256.Create(thresholds[5]), Vector256.Create(thresholds[6]));
    }

    /// <summary>Codes eight numbers of deviation 1.</summary>
    /// <param name="numbers">The numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Quantize(Vector256<float> numbers)
    {
        Vector256<float> size = Vector256.Abs(numbers);
        Vector256<int> sign = Vector256.ShiftRightArithmetic(numbers.AsInt32(), 31); // all bits of negative numbers
        Vector256<int> magnitude = -Vector256.GreaterThan(size, _t0).AsInt32();
        if (TLevels.Count == 16)
            magnitude -= Vector256.GreaterThan(size, _t1).AsInt32() + Vector256.GreaterThan(size, _t2).AsInt32() + Vector256.GreaterThan(size, _t3).AsInt32()
                + Vector256.GreaterThan(size, _t4).AsInt32() + Vector256.GreaterThan(size, _t5).AsInt32() + Vector256.GreaterThan(size, _t6).AsInt32();
        return magnitude + (sign & Vector256.Create(TLevels.Count / 2));
    }

    /// <summary>What eight codes stand for, scaled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Value(Vector256<int> code)
    {
        Vector256<int> half = Vector256.Create(TLevels.Count / 2);
        Vector256<int> signBit = Vector256.ShiftLeft(code & half, 32 - int.Log2(TLevels.Count));
        return (Vector256.ShuffleNative(_values, code & (half - Vector256<int>.One)).AsInt32() ^ signBit).AsSingle();
    }
}
