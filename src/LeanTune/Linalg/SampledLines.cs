using System.Runtime.InteropServices;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Linalg;

/// <summary>
/// The sample that <see cref="SampledQb"/> looks at a matrix through: distinct columns, or distinct rows, of the matrix itself.
/// </summary>
internal static class SampledLines
{
    /// <summary>Draws lines that tell something: zero lines, and rows that repeat an earlier one, are passed over.</summary>
    /// <param name="matrix">(m, n).</param>
    /// <param name="rows">The rows that take part.</param>
    /// <param name="byColumns">Whether lines are columns, or rows.</param>
    /// <param name="count">How many; fewer come back when the matrix has fewer distinct lines, never none.</param>
    /// <param name="draws">Order in which lines are looked at.</param>
    /// <returns>(line length, lines) in the compute type, each line scaled to a largest entry of 1; the caller disposes it.</returns>
    public static Tensor Draw(Tensor matrix, RowRuns rows, bool byColumns, int count, IDraws draws)
    {
        using var scope = NewDisposeScope();
        long population = byColumns ? matrix.shape[1] : rows.Count;
        count = (int)Math.Min(count, population);
        long[] order = draws.DistinctIndices(count, population);
        Tensor sample = Gather(matrix, rows, byColumns, order);
        var seen = new HashSet<ulong>();
        List<long> kept = [.. Telling(sample, byColumns, seen).Select(line => order[line])];
        if (kept.Count < count)
        {
            // The longer draw begins with the shorter one: look on where the first look ended, as many lines at a time.
            order = draws.DistinctIndices((int)population, population);
            for (int next = count; kept.Count < count && next < population; next += count)
            {
                long[] more = order[next..(int)Math.Min(next + count, population)];
                using Tensor lines = Gather(matrix, rows, byColumns, more);
                kept.AddRange(Telling(lines, byColumns, seen).Take(count - kept.Count).Select(line => more[line]));
            }
            sample = Gather(matrix, rows, byColumns, kept.Count > 0 ? [.. kept] : order[..1]);
        }
        Tensor largest = sample.abs().amax([0], keepdim: true).clamp_min(1e-37);
        return (sample / largest).MoveToOuterDisposeScope();
    }

    /// <summary>Lines as columns: (line length, lines).</summary>
    private static Tensor Gather(Tensor matrix, RowRuns rows, bool byColumns, long[] lines)
    {
        using Tensor index = tensor(byColumns ? lines : [.. lines.Select(rows.RowAt)], device: matrix.device);
        if (byColumns) return RowProducts.Columns(matrix, rows, index);
        using Tensor chosen = matrix.index_select(0, index);
        return chosen.to(RowProducts.ComputeType(matrix.dtype)).t();
    }

    /// <summary>
    /// Ordinals of the lines that are not zero and, for rows, that no earlier line repeats. Repeated tokens are common in
    /// short batches; repeated feature columns are not, and their long lines would cost more to compare than they waste.
    /// </summary>
    private static List<int> Telling(Tensor lines, bool byColumns, HashSet<ulong> seen)
    {
        using var scope = NewDisposeScope();
        bool[] zero = lines.eq(0).all(0).to(CPU).data<bool>().ToArray();
        ReadOnlySpan<byte> bytes = byColumns ? default : lines.t().to(CPU).contiguous().bytes;
        int width = byColumns ? 0 : bytes.Length / zero.Length;
        var telling = new List<int>(zero.Length);
        for (int line = 0; line < zero.Length; line++)
            if (!zero[line] && (byColumns || seen.Add(Hash(bytes.Slice(line * width, width)))))
                telling.Add(line);
        return telling;
    }

    private static ulong Hash(ReadOnlySpan<byte> line)
    {
        ulong hash = 0;
        foreach (uint word in MemoryMarshal.Cast<byte, uint>(line))
            hash = Counter.Mix(hash ^ word);
        return hash;
    }
}
