using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>Element-wise steps over one row of fp32.</summary>
internal static unsafe class RowKernel
{
    private const int Lanes = 8;

    /// <summary>difference = source − origin (or source where there is no origin); returns the sum of its squares.</summary>
    public static float Subtract(float* source, float* origin, float* difference, int count)
    {
        Vector256<float> sums = default, others = default;
        int i = 0;
        for (; i <= count - (2 * Lanes); i += 2 * Lanes)
        {
            var first = Vector256.Load(source + i);
            var second = Vector256.Load(source + i + Lanes);
            if (origin != null) (first, second) = (first - Vector256.Load(origin + i), second - Vector256.Load(origin + i + Lanes));
            first.Store(difference + i);
            second.Store(difference + i + Lanes);
            sums = Vector256.FusedMultiplyAdd(first, first, sums);
            others = Vector256.FusedMultiplyAdd(second, second, others);
        }
        float sum = Vector256.Sum(sums + others);
        for (; i < count; i++)
        {
            difference[i] = origin == null ? source[i] : source[i] - origin[i];
            sum += difference[i] * difference[i];
        }
        return sum;
    }

    /// <summary>Widens bf16 to fp32.</summary>
    public static void Widen(ushort* source, float* wide, int count)
    {
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            var bits = Vector128.Load(source + i);
            Vector256.ShiftLeft(Vector256.Create(Vector128.WidenLower(bits), Vector128.WidenUpper(bits)), 16).AsSingle().Store(wide + i);
        }
        for (; i < count; i++) wide[i] = BFloat.ToSingle(source[i]);
    }

    /// <summary>result = (row − part) · factors, or row · factors where there is no part.</summary>
    public static void SubtractScale(float* row, float* part, float* factors, float* result, int count)
    {
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            var value = Vector256.Load(row + i);
            if (part != null) value -= Vector256.Load(part + i);
            (value * Vector256.Load(factors + i)).Store(result + i);
        }
        for (; i < count; i++) result[i] = (part == null ? row[i] : row[i] - part[i]) * factors[i];
    }

    /// <summary>row · factors in place.</summary>
    public static void Scale(float* row, float* factors, int count) => SubtractScale(row, null, factors, row, count);

    /// <summary>row · factor in place.</summary>
    public static void Scale(float* row, float factor, int count)
    {
        int i = 0;
        for (; i <= count - Lanes; i += Lanes) (Vector256.Load(row + i) * factor).Store(row + i);
        for (; i < count; i++) row[i] *= factor;
    }

    /// <summary>target ± (part + row · factors), the part being optional: encoder and decoder add the very same numbers.</summary>
    public static void AddDecoded(float* target, float* part, float* row, float* factors, float sign, int count)
    {
        var signs = Vector256.Create(sign);
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            Vector256<float> decoded = Vector256.FusedMultiplyAdd(
                Vector256.Load(row + i), Vector256.Load(factors + i), part == null ? Vector256<float>.Zero : Vector256.Load(part + i));
            Vector256.FusedMultiplyAdd(decoded, signs, Vector256.Load(target + i)).Store(target + i);
        }
        for (; i < count; i++)
            target[i] += sign * MathF.FusedMultiplyAdd(row[i], factors[i], part == null ? 0 : part[i]);
    }

    /// <summary>Sum of squares.</summary>
    public static float Energy(float* row, int count)
    {
        Vector256<float> sums = default, others = default;
        int i = 0;
        for (; i <= count - (2 * Lanes); i += 2 * Lanes)
        {
            var first = Vector256.Load(row + i);
            var second = Vector256.Load(row + i + Lanes);
            sums = Vector256.FusedMultiplyAdd(first, first, sums);
            others = Vector256.FusedMultiplyAdd(second, second, others);
        }
        float sum = Vector256.Sum(sums + others);
        for (; i < count; i++) sum += row[i] * row[i];
        return sum;
    }
}
