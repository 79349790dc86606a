using LeanTune.Activations.Codecs.Residual.Kernels;
using LeanTune.Linalg;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// The residual codec's arithmetic in fused kernels over the CPU's memory: each pass reads and writes every row once, rows over threads.
/// </summary>
internal sealed unsafe class FusedArithmetic : ResidualArithmetic
{
    private FusedArithmetic()
    {
    }

    public static FusedArithmetic Instance { get; } = new();

    public override Tensor Difference(Tensor matrix, Tensor? origin, RowRuns rows, Span<float> energies)
    {
        bool widens = matrix.dtype == ScalarType.BFloat16;
        using Tensor source = widens || matrix.dtype == ScalarType.Float32 ? matrix.contiguous() : matrix.to(ScalarType.Float32);
        (long all, int features) = (matrix.shape[0], (int)matrix.shape[1]);
        Tensor difference = empty(all, features, ScalarType.Float32, matrix.device);
        rows.ZeroOthers(difference);
        float* before = origin is null ? null : (float*)TensorStorage.Data(origin);
        float* after = (float*)TensorStorage.Data(difference);
        float* wide = widens ? null : (float*)TensorStorage.Data(source);
        ushort* narrow = widens ? (ushort*)TensorStorage.Data(source) : null;
        int[] taking = rows.ToArray();
        fixed (float* sums = energies)
        {
            float* into = sums;
            RowThreads.Run(taking.Length, features, (from, to) =>
            {
                for (long at = from; at < to; at++)
                {
                    long start = (long)taking[at] * features;
                    if (widens) RowKernel.Widen(narrow + start, after + start, features);
                    float* row = widens ? after + start : wide + start;
                    into[taking[at]] = RowKernel.Subtract(row, before == null ? null : before + start, after + start, features);
                }
            });
        }
        return difference;
    }

    public override Coefficients Quantize(Tensor values, Directions directions, Tensor scales, RowRuns coded)
    {
        int count = directions.Count;
        (CodeLayout fine, CodeLayout coarse) = (directions.FineLayout, directions.CoarseLayout);
        Tensor fineCodes = empty(coded.Count, fine.RowBytes, ScalarType.Byte, values.device);
        Tensor coarseCodes = empty(coded.Count, coarse.RowBytes, ScalarType.Byte, values.device);
        using Tensor wide = scales.to(ScalarType.Float32);
        using Tensor inverse = wide.clamp_min(Smallest).reciprocal();
        float* data = (float*)TensorStorage.Data(values), multiply = (float*)TensorStorage.Data(wide), divide = (float*)TensorStorage.Data(inverse);
        byte* finePacked = (byte*)TensorStorage.Data(fineCodes), coarsePacked = (byte*)TensorStorage.Data(coarseCodes);
        int[] taking = coded.ToArray();
        RowThreads.Run(taking.Length, count, (from, to) =>
        {
            using RowQuantizer finely = RowQuantizer.For(LloydMax.Of(16), fine.Count), coarsely = RowQuantizer.For(LloydMax.Of(4), coarse.Count);
            for (long at = from; at < to; at++)
            {
                float* row = data + ((long)taking[at] * count);
                RowKernel.Scale(row, divide, count);
                Code(row, finely, fine, finePacked + (at * fine.RowBytes));
                Code(row + fine.Count, coarsely, coarse, coarsePacked + (at * coarse.RowBytes));
                RowKernel.Scale(row, multiply, count);
            }
        });
        return new Coefficients(scales, fineCodes, coarseCodes);
    }

    public override Remainder Encode(
        Tensor difference, Tensor? coefficients, Tensor? basis, Rotation rotation, CodeLayout layout, RowRuns coded, Tensor? buffer)
    {
        Tensor codes = empty(coded.Count, layout.RowBytes, ScalarType.Byte, difference.device);
        Tensor scales = empty(coded.Count, ScalarType.BFloat16, difference.device);
        (int features, int count) = (layout.Count, basis is null ? 0 : (int)basis.shape[0]);
        float* values = (float*)TensorStorage.Data(difference);
        float* along = coefficients is null ? null : (float*)TensorStorage.Data(coefficients);
        float* directions = basis is null ? null : (float*)TensorStorage.Data(basis);
        float* moved = buffer is null ? null : (float*)TensorStorage.Data(buffer);
        byte* packed = (byte*)TensorStorage.Data(codes);
        ushort* deviations = (ushort*)TensorStorage.Data(scales);
        int[] taking = coded.ToArray();
        RowThreads.Run(taking.Length, features, (from, to) =>
        {
            using RowWorkspace work = new(features, count, rotation);
            using RowQuantizer quantizer = RowQuantizer.For(Trellis.Of(layout.Levels), features);
            for (long first = from; first < to; first += RowWorkspace.Rows)
            {
                int rows = (int)Math.Min(RowWorkspace.Rows, to - first);
                for (int row = 0; row < rows && count > 0; row++)
                    new Span<float>(along + ((long)taking[first + row] * count), count).CopyTo(new Span<float>(work.CoefficientsOf(row), count));
                work.Multiply(directions);
                for (int row = 0; row < rows; row++)
                {
                    float* mixed = work.Rotate(values + ((long)taking[first + row] * features), row);
                    ushort deviation = BFloat.FromSingle(MathF.Sqrt(RowKernel.Energy(mixed, features) / features));
                    deviations[first + row] = deviation;
                    RowKernel.Scale(mixed, 1 / MathF.Max(BFloat.ToSingle(deviation), Smallest), features);
                }
                quantizer.Encode(work.Mixed(0), work.Stride, rows);
                for (int row = 0; row < rows; row++)
                {
                    PackingKernel.Pack((int*)work.Mixed(row), layout, packed + ((first + row) * layout.RowBytes));
                    if (moved == null) continue;
                    quantizer.Decode(work.Mixed(row), BFloat.ToSingle(deviations[first + row]));
                    work.AddDecoded(moved + ((long)taking[first + row] * features), row, 1);
                }
            }
        });
        return new Remainder(layout, codes, scales);
    }

    public override void Add(Tensor target, ResidualCode code, Rotation rotation, RowRuns coded, int sign, long firstRow)
    {
        (Remainder remainder, Directions? directions, Coefficients? coefficients) = (code.Remainder!, code.Directions, code.Coefficients);
        RowRuns.Run[] runs = [.. coded.Within(firstRow, target.shape[0])];
        if (runs.Length == 0) return;
        (long begin, long end) = (runs[0].Offset, runs[^1].Offset + runs[^1].Length);
        CodeLayout layout = remainder.Layout;
        (int features, int count) = (layout.Count, directions?.Count ?? 0);
        (CodeLayout fine, CodeLayout coarse) = (directions?.FineLayout ?? default, directions?.CoarseLayout ?? default);
        using Tensor? basis = directions?.Decode();
        using Tensor? wide = coefficients?.Scales.to(ScalarType.Float32);
        float* rowsOfBasis = basis is null ? null : (float*)TensorStorage.Data(basis);
        float* multiply = wide is null ? null : (float*)TensorStorage.Data(wide);
        byte* finePacked = coefficients is null ? null : (byte*)TensorStorage.Data(coefficients.Fine);
        byte* coarsePacked = coefficients is null ? null : (byte*)TensorStorage.Data(coefficients.Coarse);
        byte* packed = (byte*)TensorStorage.Data(remainder.Codes);
        ushort* deviations = (ushort*)TensorStorage.Data(remainder.Scales);
        float* moved = (float*)TensorStorage.Data(target) - (firstRow * features);
        int[] taking = coded.ToArray();
        RowThreads.Run(end - begin, features, (from, to) =>
        {
            using RowWorkspace work = new(features, count, rotation);
            using RowQuantizer quantizer = RowQuantizer.For(Trellis.Of(layout.Levels), features);
            using RowQuantizer finely = RowQuantizer.For(LloydMax.Of(16), fine.Count), coarsely = RowQuantizer.For(LloydMax.Of(4), coarse.Count);
            for (long first = begin + from; first < begin + to; first += RowWorkspace.Rows)
            {
                int rows = (int)Math.Min(RowWorkspace.Rows, begin + to - first);
                for (int row = 0; row < rows && count > 0; row++)
                {
                    float* into = work.CoefficientsOf(row);
                    Decode(finePacked + ((first + row) * fine.RowBytes), finely, fine, 1, into);
                    Decode(coarsePacked + ((first + row) * coarse.RowBytes), coarsely, coarse, 1, into + fine.Count);
                    RowKernel.Scale(into, multiply, count);
                }
                work.Multiply(rowsOfBasis);
                for (int row = 0; row < rows; row++)
                {
                    Decode(packed + ((first + row) * layout.RowBytes), quantizer, layout, BFloat.ToSingle(deviations[first + row]), work.Mixed(row));
                    work.AddDecoded(moved + ((long)taking[first + row] * features), row, sign);
                }
            }
        });
    }

    /// <summary>Codes a row of numbers of deviation 1 and leaves in its place what the codes stand for.</summary>
    private static void Code(float* row, RowQuantizer quantizer, in CodeLayout layout, byte* packed)
    {
        quantizer.Encode(row, layout.Count, 1);
        PackingKernel.Pack((int*)row, layout, packed);
        quantizer.Decode(row, 1);
    }

    private static void Decode(byte* packed, RowQuantizer quantizer, in CodeLayout layout, float scale, float* row)
    {
        PackingKernel.Unpack(packed, layout, (int*)row);
        quantizer.Decode(row, scale);
    }
}
