using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Functions;

/// <summary>An activation that lies in memory in another order than its rows, in a tensor that someone else keeps anyway, such as attention's output.</summary>
/// <param name="view">(B, T, ...): any strides; row b·T + t is what lies at [b, t], flattened. Taken over; shares its memory.</param>
/// <param name="bytes">What it is to count as: the bytes of which it is the only sign, or 0 where they are counted elsewhere.</param>
internal sealed class StridedActivation(Tensor view, long bytes) : SavedActivation
{
    private readonly long _tokens = view.shape[1];

    public override long Bytes => bytes;

    public override string Kind => SavedBytes.Exact;

    public override IReadOnlyList<long> Shape { get; } = [view.shape[0] * view.shape[1], view.shape[2..].Aggregate(1L, (product, size) => product * size)];

    public override Tensor Restore(long firstRow, long rows)
    {
        CheckRows(firstRow, rows, Shape[0]);
        if (rows == 0) return empty([0, Shape[1]], view.dtype, view.device);
        using DisposeScope scope = NewDisposeScope();
        Tensor[] blocks = [.. Blocks(firstRow, rows)];
        if (blocks is [Tensor only]) return only.reshape(rows, Shape[1]).MoveToOuterDisposeScope(); // (rows, n)
        Tensor restored = empty([rows, Shape[1]], view.dtype, view.device);
        long next = 0;
        foreach (Tensor block in blocks)
        {
            long count = block.shape[0] * block.shape[1];
            restored.narrow(0, next, count).view(block.shape).copy_(block); // as the block
            next += count;
        }

        return restored.MoveToOuterDisposeScope();
    }

    /// <summary>Views, (b, t, ...), that hold just these rows: the end of a sequence, whole sequences, the beginning of one.</summary>
    private IEnumerable<Tensor> Blocks(long firstRow, long rows)
    {
        for (long row = firstRow, end = firstRow + rows; row < end;)
        {
            (long sequence, long token) = (row / _tokens, row % _tokens);
            long whole = token == 0 ? (end - row) / _tokens : 0, tokens = whole > 0 ? _tokens : Math.Min(_tokens - token, end - row);
            whole = Math.Max(1, whole);
            yield return view.narrow(0, sequence, whole).narrow(1, token, tokens);
            row += whole * tokens;
        }
    }

    protected override void Dispose(bool disposing) => view.Dispose();
}
