using LeanTune.Linalg;
using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>Codes the difference of an activation to the decoded one before it, step by step from the strongest part to the weakest.</summary>
internal static class ResidualEncoder
{
    /// <summary>Codes a difference.</summary>
    /// <param name="matrix">(N, n) of any floating type. Borrowed.</param>
    /// <param name="buffer">(N, n) fp32: the decoded activation before, which is moved on to this one; or null to code the matrix alone.</param>
    /// <param name="rows">The rows that take part.</param>
    /// <param name="draws">Chooses columns.</param>
    /// <param name="options">Levels and limits.</param>
    /// <returns>The code; the caller disposes it.</returns>
    public static ResidualCode Encode(Tensor matrix, Tensor? buffer, RowRuns rows, IDraws draws, ResidualOptions options)
    {
        using var scope = NewDisposeScope();
        var arithmetic = ResidualArithmetic.For(matrix.device, options.Fused);
        var energies = new float[matrix.shape[0]];
        Tensor difference = arithmetic.Difference(matrix, buffer, rows, energies); // (N, n)
        int[] exact = OutlierRows.Choose(energies, rows, ResidualOptions.OutlierEnergy);
        RowRuns coded = rows.Except(exact);
        CodeLayout layout = new(options.Levels, (int)matrix.shape[1]);
        Directions? directions = Fit(difference, energies, coded, draws, options);
        if (SizeOf(directions, layout, coded, exact) >= rows.Count * matrix.shape[1] * KeptType(matrix).ElementSize())
        {
            directions?.Dispose();
            return Exactly(matrix, difference, buffer, rows, arithmetic);
        }

        Coefficients? coefficients = null;
        ResidualCode? code = null;
        try
        {
            Tensor? values = Take(difference, exact);
            Tensor? along = null, basis = null;
            if (directions is not null)
            {
                basis = directions.Decode(); // (k, n)
                along = difference.mm(basis.t()); // (N, k)
                Tensor scales = along.norm(0).div_(Math.Sqrt(coded.Count)).to(ScalarType.BFloat16); // (k)
                coefficients = arithmetic.Quantize(along, directions, scales, coded);
            }

            code = new()
            {
                Arithmetic = arithmetic,
                Device = matrix.device,
                ExactRows = exact,
                Directions = directions,
                Coefficients = coefficients,
                Remainder = coded.Count == 0 ? null : arithmetic.Encode(difference, along, basis, RotationFor(directions, layout.Count), layout, coded, buffer),
                ExactValues = values?.DetachFromDisposeScope(),
            };
            if (buffer is not null) ResidualDecoder.AddExactRows(buffer, code, 1, 0);
            return code;
        }
        catch
        {
            // They belong to no scope.
            code?.Dispose();
            coefficients?.Dispose();
            directions?.Dispose();
            throw;
        }
    }

    /// <summary>How a code's remainder is mixed: where no direction was taken out, over all features.</summary>
    public static Rotation RotationFor(Directions? directions, int features) => Rotation.Of(features, directions is null ? 2 : 1);

    private static Directions? Fit(Tensor difference, ReadOnlySpan<float> energies, RowRuns coded, IDraws draws, ResidualOptions options)
    {
        if (coded.Count == 0) return null;
        double energy = 0;
        foreach (RowRuns.Run run in coded.Runs)
            foreach (float row in energies.Slice((int)run.Start, (int)run.Length)) energy += row;
        long step = (coded.Count + ResidualOptions.FitRows - 1) / ResidualOptions.FitRows;
        long[] sampled = [.. Enumerable.Range(0, (int)((coded.Count + step - 1) / step)).Select(index => coded.RowAt(index * step))];
        using Tensor index = tensor(sampled, device: difference.device);
        using Tensor sample = difference.index_select(0, index); // (r, n)
        return DirectionFit.Find(sample, energy, coded.Count, options.DirectionsTried, draws);
    }

    /// <summary>The exact rows in bf16, which are then zero in the difference, so that they take no part in what follows.</summary>
    private static Tensor? Take(Tensor difference, int[] exact)
    {
        if (exact.Length == 0) return null;
        using Tensor index = tensor(Array.ConvertAll(exact, row => (long)row), device: difference.device);
        using Tensor rows = difference.index_select(0, index);
        difference.index_fill_(0, index, 0);
        return rows.to(ScalarType.BFloat16);
    }

    private static ResidualCode Exactly(Tensor matrix, Tensor difference, Tensor? buffer, RowRuns rows, ResidualArithmetic arithmetic)
    {
        Tensor whole = empty(rows.Count, matrix.shape[1], KeptType(matrix), matrix.device);
        foreach (RowRuns.Run run in rows.Runs)
            whole.narrow(0, run.Offset, run.Length).copy_(difference.narrow(0, run.Start, run.Length));
        ResidualCode code = new() { Arithmetic = arithmetic, Device = matrix.device, Whole = whole.DetachFromDisposeScope() };
        if (buffer is not null) ResidualDecoder.AddTo(buffer, code, rows, 1);
        return code;
    }

    /// <summary>The type of a difference that is kept as it is; fp16 could overflow.</summary>
    private static ScalarType KeptType(Tensor matrix) => matrix.dtype switch
    {
        ScalarType.Float64 => ScalarType.Float32,
        ScalarType.Float16 => ScalarType.BFloat16,
        _ => matrix.dtype,
    };

    private static long SizeOf(Directions? directions, CodeLayout layout, RowRuns coded, int[] exact)
    {
        long coefficients = directions is null
            ? 0
            : directions.Bytes + (2 * directions.Count) + (coded.Count * (directions.FineLayout.RowBytes + directions.CoarseLayout.RowBytes));
        return coefficients + Remainder.BytesOf(coded.Count, layout) + (exact.Length * ((2L * layout.Count) + sizeof(int)));
    }
}
