using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary><see cref="LloydMax"/> over rows: each number on its own.</summary>
/// <typeparam name="TLevels">How many levels.</typeparam>
/// <param name="features">Numbers of a row.</param>
internal sealed unsafe class ScalarKernel<TLevels>(int features) : RowQuantizer
    where TLevels : struct, ILevels
{
    public override void Encode(float* rows, int stride, int count)
    {
        LevelTable<TLevels> table = new(1);
        for (int row = 0; row < count; row++, rows += stride)
        {
            int i = 0;
            for (; i <= features - 8; i += 8) table.Quantize(Vector256.Load(rows + i)).AsSingle().Store(rows + i);
            if (i < features) EncodeLast(ref table, rows + i, features - i);
        }
    }

    public override void Decode(float* row, float scale)
    {
        LevelTable<TLevels> table = new(scale);
        int i = 0;
        for (; i <= features - 8; i += 8) table.Value(Vector256.Load(row + i).AsInt32()).Store(row + i);
        if (i < features) DecodeLast(ref table, row + i, features - i);
    }

    public override void Dispose()
    {
    }

    private static void EncodeLast(ref LevelTable<TLevels> table, float* row, int count)
    {
        float* eight = stackalloc float[8];
        for (int i = 0; i < 8; i++) eight[i] = i < count ? row[i] : 0;
        table.Quantize(Vector256.Load(eight)).AsSingle().Store(eight);
        new Span<float>(eight, count).CopyTo(new Span<float>(row, count));
    }

    private static void DecodeLast(ref LevelTable<TLevels> table, float* row, int count)
    {
        float* eight = stackalloc float[8];
        for (int i = 0; i < 8; i++) eight[i] = i < count ? row[i] : 0;
        table.Value(Vector256.Load(eight).AsInt32()).Store(eight);
        new Span<float>(eight, count).CopyTo(new Span<float>(row, count));
    }
}
