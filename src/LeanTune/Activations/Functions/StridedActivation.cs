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
        long first = firstRow / _tokens, end = (firstRow + rows - 1) / _tokens;
        Tensor sequences = view.narrow(0, first, end - first + 1).reshape(-1, Shape[1]); // ((end - first + 1)·T, n)
        return sequences.narrow(0, firstRow - (first * _tokens), rows).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing) => view.Dispose();
}
