using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>
/// A few rows of coefficients times the directions: the part of the difference that encoder and decoder both need, made where it is
/// used instead of as a matrix in memory.
/// </summary>
internal static unsafe class DirectionKernel
{
    /// <summary>Rows that share what is read of the directions.</summary>
    public const int GroupRows = 4;

    private static readonly bool s_wide = Vector512.IsHardwareAccelerated;

    /// <summary>Multiplies four rows.</summary>
    /// <param name="coefficients">Four rows of k numbers, one after the other.</param>
    /// <param name="basis">(k, n).</param>
    /// <param name="count">k.</param>
    /// <param name="features">n.</param>
    /// <param name="products">(4, n) receives the products.</param>
    public static void Multiply(float* coefficients, float* basis, int count, int features, float* products)
    {
        int column = 0;
        if (s_wide)
            for (; column <= features - 64; column += 64) Columns64(coefficients, basis + column, count, features, products + column);
        for (; column <= features - 16; column += 16) Columns16(coefficients, basis + column, count, features, products + column);
        for (; column < features; column++)
            for (int row = 0; row < GroupRows; row++)
            {
                float sum = 0;
                for (int k = 0; k < count; k++) sum = MathF.FusedMultiplyAdd(coefficients[(row * count) + k], basis[((long)k * features) + column], sum);
                products[(row * features) + column] = sum;
            }
    }

    private static void Columns64(float* coefficients, float* basis, int count, int features, float* products)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        float* other = coefficients + count, third = other + count, fourth = third + count;
        for (int k = 0; k < count; k++, basis += features)
        {
            var v0 = Vector512.Load(basis);
            var v1 = Vector512.Load(basis + 16);
            var v2 = Vector512.Load(basis + 32);
            var v3 = Vector512.Load(basis + 48);
            var s = Vector512.Create(coefficients[k]);
            (a0, a1, a2, a3) = (Add(s, v0, a0), Add(s, v1, a1), Add(s, v2, a2), Add(s, v3, a3));
            s = Vector512.Create(other[k]);
            (b0, b1, b2, b3) = (Add(s, v0, b0), Add(s, v1, b1), Add(s, v2, b2), Add(s, v3, b3));
            s = Vector512.Create(third[k]);
            (c0, c1, c2, c3) = (Add(s, v0, c0), Add(s, v1, c1), Add(s, v2, c2), Add(s, v3, c3));
            s = Vector512.Create(fourth[k]);
            (d0, d1, d2, d3) = (Add(s, v0, d0), Add(s, v1, d1), Add(s, v2, d2), Add(s, v3, d3));
        }
        Store(products, a0, a1, a2, a3);
        Store(products + features, b0, b1, b2, b3);
        Store(products + (2 * features), c0, c1, c2, c3);
        Store(products + (3 * features), d0, d1, d2, d3);
    }

    private static void Columns16(float* coefficients, float* basis, int count, int features, float* products)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        float* other = coefficients + count, third = other + count, fourth = third + count;
        for (int k = 0; k < count; k++, basis += features)
        {
            var v0 = Vector256.Load(basis);
            var v1 = Vector256.Load(basis + 8);
            var s = Vector256.Create(coefficients[k]);
            (a0, a1) = (Add(s, v0, a0), Add(s, v1, a1));
            s = Vector256.Create(other[k]);
            (b0, b1) = (Add(s, v0, b0), Add(s, v1, b1));
            s = Vector256.Create(third[k]);
            (c0, c1) = (Add(s, v0, c0), Add(s, v1, c1));
            s = Vector256.Create(fourth[k]);
            (d0, d1) = (Add(s, v0, d0), Add(s, v1, d1));
        }
        a0.Store(products);
        a1.Store(products + 8);
        b0.Store(products + features);
        b1.Store(products + features + 8);
        c0.Store(products + (2 * features));
        c1.Store(products + (2 * features) + 8);
        d0.Store(products + (3 * features));
        d1.Store(products + (3 * features) + 8);
    }

    private static void Store(float* into, Vector512<float> first, Vector512<float> second, Vector512<float> third, Vector512<float> fourth)
    {
        first.Store(into);
        second.Store(into + 16);
        third.Store(into + 32);
        fourth.Store(into + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> scale, Vector512<float> vector, Vector512<float> sum) => Vector512.FusedMultiplyAdd(scale, vector, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> scale, Vector256<float> vector, Vector256<float> sum) => Vector256.FusedMultiplyAdd(scale, vector, sum);
}
