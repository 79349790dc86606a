using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>An activation that lies in memory in another order than its rows, in tensors that someone else keeps anyway, such as attention's output.</summary>
/// <param name="views">(B, T, ...) each, one after another: any strides; of each, row b·T + t is what lies at [b, t], flattened. Taken over; share their memory.</param>
/// <param name="bytes">What it is to count as: the bytes of which it is the only sign, or 0 where they are counted elsewhere.</param>
internal sealed class StridedActivation(IReadOnlyList<Tensor> views, long bytes) : SavedActivation
{
    public override long Bytes => bytes;

    public override string Kind => SavedBytes.Exact;

    public override IReadOnlyList<long> Shape { get; } = [views.Sum(RowsOf), views[0].shape[2..].Aggregate(1L, (product, size) => product * size)];

    public override Tensor Restore(long firstRow, long rows)
    {
        CheckRows(firstRow, rows, Shape[0]);
        if (rows == 0) return empty([0, Shape[1]], views[0].dtype, views[0].device);
        using DisposeScope scope = NewDisposeScope();
        Tensor[] blocks = [.. Blocks(firstRow, rows)];
        if (blocks is [Tensor only]) return only.reshape(rows, Shape[1]).MoveToOuterDisposeScope(); // (rows, n)
        Tensor restored = empty([rows, Shape[1]], views[0].dtype, views[0].device);
        long next = 0;
        foreach (Tensor block in blocks)
        {
            long count = RowsOf(block);
            restored.narrow(0, next, count).view(block.shape).copy_(block); // as the block
            next += count;
        }

        return restored.MoveToOuterDisposeScope();
    }

    private static long RowsOf(Tensor view) => view.shape[0] * view.shape[1];

    /// <summary>Views, (b, t, ...), that hold just these rows.</summary>
    private IEnumerable<Tensor> Blocks(long firstRow, long rows)
    {
        long start = 0; // the view's first row
        foreach (Tensor view in views)
        {
            long first = Math.Max(firstRow, start) - start, end = Math.Min(firstRow + rows, start + RowsOf(view)) - start;
            foreach (Tensor block in Blocks(view, first, end)) yield return block;
            start += RowsOf(view);
        }
    }

    /// <summary>Rows of one view: the end of a sequence, whole sequences, the beginning of one.</summary>
    private static IEnumerable<Tensor> Blocks(Tensor view, long first, long end)
    {
        long length = view.shape[1];
        for (long row = first; row < end;)
        {
            (long sequence, long token) = (row / length, row % length);
            long whole = token == 0 ? (end - row) / length : 0, tokens = whole > 0 ? length : Math.Min(length - token, end - row);
            whole = Math.Max(1, whole);
            yield return view.narrow(0, sequence, whole).narrow(1, token, tokens);
            row += whole * tokens;
        }
    }

    protected override void Dispose(bool disposing)
    {
        foreach (Tensor view in views) view.Dispose();
    }
}
