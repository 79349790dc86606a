using static TorchSharp.torch;

namespace LeanTune.Linalg;

/// <summary>
/// Which rows of a matrix take part in a decomposition, as runs of neighbours: products then work on slices of the matrix
/// and never copy it, and the rows that are left out are never read.
/// </summary>
internal sealed class RowRuns
{
    private readonly Run[] _runs;

    private RowRuns(Run[] runs, long population)
    {
        _runs = runs;
        Population = population;
        Count = runs.Length == 0 ? 0 : runs[^1].Offset + runs[^1].Length;
    }

    /// <summary>Rows of the whole matrix.</summary>
    public long Population { get; }

    /// <summary>Rows that take part.</summary>
    public long Count { get; }

    /// <summary>The runs, in row order.</summary>
    public ReadOnlySpan<Run> Runs => _runs;

    /// <summary>Bytes that the runs themselves take.</summary>
    public long Bytes => _runs.LongLength * 3 * sizeof(long);

    /// <summary>Every row.</summary>
    public static RowRuns All(long rows) => new(rows == 0 ? [] : [new Run(0, rows, 0)], rows);

    /// <summary>The rows where a (m) bool mask is true; every row when there is no mask.</summary>
    /// <exception cref="ArgumentException">The mask is not (m) bool.</exception>
    public static RowRuns For(long rows, Tensor? mask)
    {
        if (mask is null) return All(rows);
        if (mask.dtype != ScalarType.Bool || mask.dim() != 1 || mask.shape[0] != rows)
            throw new ArgumentException($"The row mask is ({string.Join(", ", mask.shape)}) {mask.dtype}; ({rows}) Bool is expected.", nameof(mask));
        using Tensor bytes = mask.to(CPU).contiguous();
        return From(bytes.bytes);
    }

    /// <summary>The rows of this set whose flag (in compact order, non-zero means keep) is set.</summary>
    public RowRuns Where(ReadOnlySpan<byte> keep)
    {
        var flags = new byte[Population];
        foreach (Run run in _runs)
            keep.Slice((int)run.Offset, (int)run.Length).CopyTo(flags.AsSpan((int)run.Start));
        return From(flags);
    }

    /// <summary>The rows of this set but for some of them.</summary>
    /// <param name="excluded">Indices in the whole matrix, ascending, all of this set.</param>
    public RowRuns Except(ReadOnlySpan<int> excluded)
    {
        if (excluded.Length == 0) return this;
        var flags = new byte[Population];
        foreach (Run run in _runs) flags.AsSpan((int)run.Start, (int)run.Length).Fill(1);
        foreach (int row in excluded) flags[row] = 0;
        return From(flags);
    }

    /// <summary>Writes zeros into the rows of a matrix (Population, n) that take no part.</summary>
    public void ZeroOthers(Tensor matrix)
    {
        long next = 0;
        foreach (Run run in _runs)
        {
            Zero(next, run.Start);
            next = run.Start + run.Length;
        }
        Zero(next, Population);

        void Zero(long from, long to)
        {
            if (from == to) return;
            using Tensor gap = matrix.narrow(0, from, to - from);
            gap.zero_();
        }
    }

    /// <summary>Indices in the whole matrix of the rows that take part.</summary>
    public int[] ToArray()
    {
        var indices = new int[Count];
        foreach (Run run in _runs)
            for (int i = 0; i < run.Length; i++) indices[run.Offset + i] = (int)run.Start + i;
        return indices;
    }

    /// <summary>Indices in the whole matrix of the rows that take part: (Count) int64; the caller disposes it.</summary>
    public Tensor Indices(Device device) => tensor(Array.ConvertAll(ToArray(), row => (long)row), device: device);

    /// <summary>Index in the whole matrix of the row that is at <paramref name="ordinal"/> among those that take part.</summary>
    public long RowAt(long ordinal)
    {
        int low = 0, high = _runs.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_runs[middle].Offset <= ordinal) low = middle;
            else high = middle - 1;
        }
        return _runs[low].Start + (ordinal - _runs[low].Offset);
    }

    /// <summary>The parts of the runs that lie in a slice of the matrix.</summary>
    public IEnumerable<Run> Within(long firstRow, long rows)
    {
        foreach (Run run in _runs)
        {
            long start = Math.Max(run.Start, firstRow);
            long end = Math.Min(run.Start + run.Length, firstRow + rows);
            if (start < end) yield return new Run(start, end - start, run.Offset + (start - run.Start));
        }
    }

    private static RowRuns From(ReadOnlySpan<byte> flags)
    {
        var found = new List<Run>();
        long offset = 0;
        for (int at = 0; at < flags.Length;)
        {
            int start = flags[at..].IndexOfAnyExcept((byte)0);
            if (start < 0) break;
            start += at;
            int length = flags[start..].IndexOf((byte)0);
            if (length < 0) length = flags.Length - start;
            found.Add(new Run(start, length, offset));
            offset += length;
            at = start + length;
        }
        return new RowRuns([.. found], flags.Length);
    }

    /// <summary>Neighbouring rows that take part.</summary>
    /// <param name="Start">Index of the first in the whole matrix.</param>
    /// <param name="Length">How many.</param>
    /// <param name="Offset">Index of the first among those that take part.</param>
    internal readonly record struct Run(long Start, long Length, long Offset);
}
