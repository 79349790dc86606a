using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>The residual codec's arithmetic in tensor expressions: on any device, and the reference for the fused kernels.</summary>
internal sealed class TensorArithmetic : ResidualArithmetic
{
    /// <summary>Rows of one piece: temporaries stay small beside the matrix.</summary>
    private const int PieceRows = 1024;

    private TensorArithmetic()
    {
    }

    public static TensorArithmetic Instance { get; } = new();

    public override Tensor Difference(Tensor matrix, Tensor? origin, RowRuns rows, Span<float> energies)
    {
        using var scope = NewDisposeScope();
        Tensor difference = matrix.to(ScalarType.Float32, copy: true).contiguous();
        if (origin is not null) difference.sub_(origin);
        rows.ZeroOthers(difference);
        for (long first = 0; first < difference.shape[0]; first += PieceRows)
        {
            using Tensor piece = difference.narrow(0, first, Math.Min(PieceRows, difference.shape[0] - first));
            using Tensor sums = piece.square().sum(dim: 1).to(CPU);
            sums.data<float>().CopyTo(energies[(int)first..]);
        }
        return difference.MoveToOuterDisposeScope();
    }

    public override Coefficients Quantize(Tensor values, Directions directions, Tensor scales, RowRuns coded)
    {
        using var scope = NewDisposeScope();
        Tensor index = coded.Indices(values.device);
        Tensor wide = scales.to(ScalarType.Float32); // (k)
        Tensor unit = values.index_select(0, index) * wide.clamp_min(Smallest).reciprocal(); // (coded, k)
        (Tensor fine, Tensor fineUnit) = Code(unit.narrow(1, 0, directions.Fine), directions.FineLayout, LloydMax.Of(16));
        (Tensor coarse, Tensor coarseUnit) = Code(unit.narrow(1, directions.Fine, directions.Count - directions.Fine), directions.CoarseLayout, LloydMax.Of(4));
        values.index_copy_(0, index, cat([fineUnit, coarseUnit], 1) * wide);
        return new Coefficients(scales, fine, coarse);
    }

    public override Remainder Encode(
        Tensor difference, Tensor? coefficients, Tensor? basis, Rotation rotation, CodeLayout layout, RowRuns coded, Tensor? buffer)
    {
        using var scope = NewDisposeScope();
        Tensor index = coded.Indices(difference.device);
        Tensor codes = empty(coded.Count, layout.RowBytes, ScalarType.Byte, difference.device);
        Tensor scales = empty(coded.Count, ScalarType.BFloat16, difference.device);
        var quantizer = Trellis.Of(layout.Levels);
        for (long first = 0; first < coded.Count; first += PieceRows)
        {
            using var piece = NewDisposeScope();
            long count = Math.Min(PieceRows, coded.Count - first);
            Tensor chosen = index.narrow(0, first, count);
            Tensor rows = difference.index_select(0, chosen); // (count, n)
            Tensor? along = basis is null ? null : coefficients!.index_select(0, chosen).mm(basis);
            Tensor rotated = rotation.Forward(along is null ? rows : rows - along);
            Tensor scale = rotated.square().mean([1L]).sqrt().to(ScalarType.BFloat16); // (count)
            (Tensor packed, Tensor unit) = Code(rotated * scale.to(ScalarType.Float32).clamp_min(Smallest).reciprocal().unsqueeze(1), layout, quantizer);
            codes.narrow(0, first, count).copy_(packed);
            scales.narrow(0, first, count).copy_(scale);
            buffer?.index_add_(0, chosen, Decoded(unit, scale, along, rotation), 1);
        }
        return new Remainder(layout, codes, scales);
    }

    public override void Add(Tensor target, ResidualCode code, Rotation rotation, RowRuns coded, int sign, long firstRow)
    {
        using var scope = NewDisposeScope();
        Remainder remainder = code.Remainder!;
        RowRuns.Run[] runs = [.. coded.Within(firstRow, target.shape[0])];
        if (runs.Length == 0) return;
        (long begin, long end) = (runs[0].Offset, runs[^1].Offset + runs[^1].Length);
        Tensor index = coded.Indices(target.device).sub_(firstRow);
        Tensor? basis = code.Directions?.Decode();
        for (long first = begin; first < end; first += PieceRows)
        {
            using var piece = NewDisposeScope();
            long count = Math.Min(PieceRows, end - first);
            Tensor? along = basis is null ? null : Decoded(code, first, count).mm(basis);
            Tensor unit = Trellis.Of(remainder.Layout.Levels).Decode(remainder.Layout.Unpack(remainder.Codes.narrow(0, first, count)));
            Tensor decoded = Decoded(unit, remainder.Scales.narrow(0, first, count), along, rotation);
            target.index_add_(0, index.narrow(0, first, count), decoded, sign);
        }
    }

    /// <summary>Packed codes of numbers of deviation 1, and the numbers that the codes stand for.</summary>
    private static (Tensor Packed, Tensor Unit) Code(Tensor unit, CodeLayout layout, Quantizer quantizer)
    {
        Tensor codes = quantizer.Encode(unit);
        return (layout.Pack(codes), quantizer.Decode(codes));
    }

    private static Tensor Decoded(Tensor unit, Tensor scale, Tensor? along, Rotation rotation)
    {
        Tensor remainder = rotation.Inverse(unit * scale.to(ScalarType.Float32).unsqueeze(1)); // (count, n)
        return along is null ? remainder : along + remainder;
    }

    /// <summary>Coefficients of some coded rows: (count, k) fp32.</summary>
    private static Tensor Decoded(ResidualCode code, long first, long count)
    {
        (Coefficients coded, Directions directions) = (code.Coefficients!, code.Directions!);
        Tensor fine = LloydMax.Of(16).Decode(directions.FineLayout.Unpack(coded.Fine.narrow(0, first, count)));
        Tensor coarse = LloydMax.Of(4).Decode(directions.CoarseLayout.Unpack(coded.Coarse.narrow(0, first, count)));
        return cat([fine, coarse], 1) * coded.Scales.to(ScalarType.Float32);
    }
}
