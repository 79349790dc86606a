using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>Adds a decoded difference to a matrix, or takes it away again.</summary>
internal static class ResidualDecoder
{
    /// <summary>Adds a code's rows.</summary>
    /// <param name="target">(count, n) fp32, contiguous: the rows from <paramref name="firstRow"/> on.</param>
    /// <param name="code">The code. Borrowed.</param>
    /// <param name="rows">The rows that took part in coding.</param>
    /// <param name="sign">1 to add, −1 to take away.</param>
    /// <param name="firstRow">Index in the whole matrix of the target's first row.</param>
    public static void AddTo(Tensor target, ResidualCode code, RowRuns rows, int sign, long firstRow = 0)
    {
        using var scope = NewDisposeScope();
        if (code.Whole is { } whole)
        {
            foreach (RowRuns.Run run in rows.Within(firstRow, target.shape[0]))
                target.narrow(0, run.Start - firstRow, run.Length).add_(whole.narrow(0, run.Offset, run.Length).to(ScalarType.Float32), alpha: sign);
            return;
        }
        AddExactRows(target, code, sign, firstRow);
        if (code.Remainder is { } remainder)
            code.Arithmetic.Add(target, code, ResidualEncoder.RotationFor(code.Directions, remainder.Layout.Count), rows.Except(code.ExactRows), sign, firstRow);
    }

    /// <summary>Adds the rows that are kept exactly, or takes them away.</summary>
    public static void AddExactRows(Tensor target, ResidualCode code, int sign, long firstRow)
    {
        using var scope = NewDisposeScope();
        int[] within = [.. Enumerable.Range(0, code.ExactRows.Length).Where(at => code.ExactRows[at] >= firstRow && code.ExactRows[at] < firstRow + target.shape[0])];
        if (within.Length == 0) return;
        Tensor index = tensor([.. within.Select(at => code.ExactRows[at] - firstRow)], device: target.device);
        Tensor values = code.ExactValues!.narrow(0, within[0], within.Length).to(ScalarType.Float32);
        target.index_add_(0, index, values, sign);
    }
}
