using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>Brings eight rows into the lanes of vectors, one vector a feature, and back.</summary>
internal static unsafe class LaneTransposition
{
    private const int Lanes = RowQuantizer.GroupRows;

    /// <summary>Rows to lanes.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="stride">Numbers from a row's first to the next one's.</param>
    /// <param name="count">Rows, from 1 to 8; lanes without a row are left as they are.</param>
    /// <param name="features">Numbers of a row.</param>
    /// <param name="lanes">Receives (features, 8).</param>
    public static void Gather(float* rows, int stride, int count, int features, float* lanes)
    {
        int i = 0;
        if (count == Lanes)
            for (; i <= features - Lanes; i += Lanes) Square(rows + i, stride, lanes + ((long)Lanes * i), Lanes);
        for (; i < features; i++)
            for (int row = 0; row < count; row++) lanes[((long)Lanes * i) + row] = rows[((long)stride * row) + i];
    }

    /// <summary>Lanes to rows: what <see cref="Gather"/> does, undone.</summary>
    public static void Scatter(float* lanes, float* rows, int stride, int count, int features)
    {
        int i = 0;
        if (count == Lanes)
            for (; i <= features - Lanes; i += Lanes) Square(lanes + ((long)Lanes * i), Lanes, rows + i, stride);
        for (; i < features; i++)
            for (int row = 0; row < count; row++) rows[((long)stride * row) + i] = lanes[((long)Lanes * i) + row];
    }

    /// <summary>Transposes eight by eight numbers.</summary>
    private static void Square(float* from, long fromStride, float* into, long intoStride)
    {
        if (!Avx.IsSupported)
        {
            for (int row = 0; row < Lanes; row++)
                for (int column = 0; column < Lanes; column++) into[(intoStride * column) + row] = from[(fromStride * row) + column];
            return;
        }

        (Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) = Quarter(from, fromStride); // lower halves: columns 0 to 3 of rows 0 to 3; upper: columns 4 to 7
        (Vector256<float> e, Vector256<float> f, Vector256<float> g, Vector256<float> h) = Quarter(from + (4 * fromStride), fromStride);
        Join(a, e, 0);
        Join(b, f, 1);
        Join(c, g, 2);
        Join(d, h, 3);

        void Join(Vector256<float> first, Vector256<float> second, int column)
        {
            Vector256.Create(first.GetLower(), second.GetLower()).Store(into + (intoStride * column));
            Vector256.Create(first.GetUpper(), second.GetUpper()).Store(into + (intoStride * (column + 4)));
        }
    }

    /// <summary>Four rows of eight: the result's halves are four by four numbers each, transposed.</summary>
    private static (Vector256<float> A, Vector256<float> B, Vector256<float> C, Vector256<float> D) Quarter(float* from, long stride)
    {
        Vector256<float> first = Vector256.Load(from), second = Vector256.Load(from + stride), third = Vector256.Load(from + (2 * stride)), fourth = Vector256.Load(from + (3 * stride));
        Vector256<double> low = Avx.UnpackLow(first, second).AsDouble(), otherLow = Avx.UnpackLow(third, fourth).AsDouble();
        Vector256<double> high = Avx.UnpackHigh(first, second).AsDouble(), otherHigh = Avx.UnpackHigh(third, fourth).AsDouble();
        return (Avx.UnpackLow(low, otherLow).AsSingle(), Avx.UnpackHigh(low, otherLow).AsSingle(), Avx.UnpackLow(high, otherHigh).AsSingle(), Avx.UnpackHigh(high, otherHigh).AsSingle());
    }
}
