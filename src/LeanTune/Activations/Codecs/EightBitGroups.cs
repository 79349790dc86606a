using System.Runtime.Intrinsics;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs;

/// <summary>Codes rows as 8-bit numbers times a scale a group: vector code on CPU memory, tensor expressions of the same arithmetic elsewhere.</summary>
internal static class EightBitGroups
{
    /// <summary>Features that share a scale: 3 % more bytes than one scale a row, and an outlier costs its neighbours alone their precision.</summary>
    public const int Size = 128;

    private const float Largest = 127;

    /// <summary>Below it the reciprocal overflows: such a group counts as zero.</summary>
    private const float Smallest = 1e-36f;

    /// <summary>Elements that are widened at a time.</summary>
    private const long TileElements = 1 << 18;

    /// <summary>Groups of a row; the last may be shorter.</summary>
    public static long Count(long features) => (features + Size - 1) / Size;

    /// <summary>Tiles of rows: all at once for fp32, else small, since they are widened.</summary>
    public static IEnumerable<RowTile> Tiles(long rows, long features, ScalarType type) =>
        new RowTile(0, rows).Cut(type == ScalarType.Float32 ? Math.Max(1, rows) : Math.Max(1, TileElements / Math.Max(1, features)));

    /// <summary>Fills codes and scales from values.</summary>
    /// <param name="values">(m, n) fp32, contiguous.</param>
    /// <param name="codes">(m, n) int8, contiguous.</param>
    /// <param name="scales">(m, groups) fp32, contiguous.</param>
    public static unsafe void Encode(Tensor values, Tensor codes, Tensor scales)
    {
        if (values.device_type != DeviceType.CPU)
        {
            EncodeByTensors(values, codes, scales);
            return;
        }

        (long rows, int features, int groups) = (values.shape[0], (int)values.shape[1], (int)scales.shape[1]);
        float* from = (float*)TensorStorage.Data(values), scale = (float*)TensorStorage.Data(scales);
        sbyte* to = (sbyte*)TensorStorage.Data(codes);
        RowThreads.Run(rows, features, (first, end) =>
        {
            for (long row = first; row < end; row++)
                for (int group = 0; group < groups; group++)
                {
                    long at = (row * features) + (group * Size);
                    int count = Math.Min(Size, features - (group * Size));
                    scale[(row * groups) + group] = Encode(new ReadOnlySpan<float>(from + at, count), new Span<sbyte>(to + at, count));
                }
        });
    }

    /// <summary>Fills values from codes and scales.</summary>
    /// <param name="codes">(m, n) int8, contiguous.</param>
    /// <param name="scales">(m, groups) fp32, contiguous.</param>
    /// <param name="values">(m, n) fp32, contiguous.</param>
    public static unsafe void Decode(Tensor codes, Tensor scales, Tensor values)
    {
        if (values.device_type != DeviceType.CPU)
        {
            DecodeByTensors(codes, scales, values);
            return;
        }

        (long rows, int features, int groups) = (values.shape[0], (int)values.shape[1], (int)scales.shape[1]);
        float* to = (float*)TensorStorage.Data(values), scale = (float*)TensorStorage.Data(scales);
        sbyte* from = (sbyte*)TensorStorage.Data(codes);
        RowThreads.Run(rows, features, (first, end) =>
        {
            for (long row = first; row < end; row++)
                for (int group = 0; group < groups; group++)
                {
                    long at = (row * features) + (group * Size);
                    int count = Math.Min(Size, features - (group * Size));
                    Decode(new ReadOnlySpan<sbyte>(from + at, count), scale[(row * groups) + group], new Span<float>(to + at, count));
                }
        });
    }

    /// <summary><see cref="Encode(Tensor, Tensor, Tensor)"/> as tensor expressions, for any device.</summary>
    internal static void EncodeByTensors(Tensor values, Tensor codes, Tensor scales)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor grouped = Grouped(values, scales.shape[1]); // (m, groups, 128)
        Tensor largest = grouped.abs().amax([2], keepdim: true); // (m, groups, 1)
        Tensor usable = largest.ge(Smallest).logical_and(largest.isfinite());
        // A number over a tensor would be the number times its reciprocal, rounded twice: the vector code divides.
        Tensor inverse = full_like(largest, Largest) / largest; // (m, groups, 1)
        Tensor whole = (grouped * inverse).round_().masked_fill_(usable.logical_not(), 0);
        codes.copy_(whole.view(values.shape[0], -1).narrow(1, 0, values.shape[1])); // (m, n)
        Tensor scale = where(largest.isfinite(), (largest / Largest).masked_fill_(largest.lt(Smallest), 0), float.NaN);
        scales.copy_(scale.squeeze(2)); // (m, groups)
    }

    /// <summary><see cref="Decode(Tensor, Tensor, Tensor)"/> as tensor expressions, for any device.</summary>
    internal static void DecodeByTensors(Tensor codes, Tensor scales, Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor grouped = Grouped(codes.to(ScalarType.Float32), scales.shape[1]) * scales.unsqueeze(2); // (m, groups, 128)
        values.copy_(grouped.view(values.shape[0], -1).narrow(1, 0, values.shape[1]));
    }

    private static Tensor Grouped(Tensor matrix, long groups)
    {
        long missing = (groups * Size) - matrix.shape[1];
        Tensor whole = missing == 0 ? matrix : nn.functional.pad(matrix, [0, missing]);
        return whole.view(matrix.shape[0], groups, Size); // (m, groups, 128)
    }

    private static float Encode(ReadOnlySpan<float> values, Span<sbyte> codes)
    {
        float largest = LargestMagnitude(values);
        if (!float.IsFinite(largest) || largest < Smallest)
        {
            codes.Clear();
            return float.IsFinite(largest) ? 0 : float.NaN;
        }

        float inverse = Largest / largest;
        int at = 0;
        for (; at <= values.Length - Vector512<sbyte>.Count; at += Vector512<sbyte>.Count)
        {
            Vector512<short> low = Vector512.Narrow(Whole(values[at..], inverse), Whole(values[(at + 16)..], inverse));
            Vector512<short> high = Vector512.Narrow(Whole(values[(at + 32)..], inverse), Whole(values[(at + 48)..], inverse));
            Vector512.Narrow(low, high).CopyTo(codes[at..]);
        }

        for (; at < values.Length; at++) codes[at] = (sbyte)MathF.Round(values[at] * inverse);
        return largest / Largest;
    }

    private static Vector512<int> Whole(ReadOnlySpan<float> values, float inverse) =>
        Vector512.ConvertToInt32Native(Vector512.Round(Vector512.Create(values) * inverse));

    private static float LargestMagnitude(ReadOnlySpan<float> values)
    {
        float largest = 0;
        int at = 0;
        if (values.Length >= Vector512<float>.Count)
        {
            Vector512<float> most = Vector512<float>.Zero;
            for (; at <= values.Length - Vector512<float>.Count; at += Vector512<float>.Count)
                most = Vector512.Max(most, Vector512.Abs(Vector512.Create(values[at..])));
            for (int i = 0; i < Vector512<float>.Count; i++) largest = MathF.Max(largest, most[i]);
        }

        for (; at < values.Length; at++) largest = MathF.Max(largest, MathF.Abs(values[at]));
        return largest; // NaN when any value is
    }

    private static void Decode(ReadOnlySpan<sbyte> codes, float scale, Span<float> values)
    {
        int at = 0;
        for (; at <= codes.Length - Vector512<sbyte>.Count; at += Vector512<sbyte>.Count)
        {
            (Vector512<short> low, Vector512<short> high) = Vector512.Widen(Vector512.Create(codes[at..]));
            (Vector512<int> first, Vector512<int> second) = Vector512.Widen(low);
            (Vector512<int> third, Vector512<int> fourth) = Vector512.Widen(high);
            (Vector512.ConvertToSingle(first) * scale).CopyTo(values[at..]);
            (Vector512.ConvertToSingle(second) * scale).CopyTo(values[(at + 16)..]);
            (Vector512.ConvertToSingle(third) * scale).CopyTo(values[(at + 32)..]);
            (Vector512.ConvertToSingle(fourth) * scale).CopyTo(values[(at + 48)..]);
        }

        for (; at < codes.Length; at++) values[at] = codes[at] * scale;
    }
}
