using System.Collections.Concurrent;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// An orthogonal mixing of features that makes any row look normal, so that one table of levels fits all: random signs, then a
/// Hadamard transform in blocks of 64 neighbours; on request a second time over blocks of far apart features.
/// </summary>
/// <remarks>
/// Blocks at the end of a row are the largest powers of two that fit. The signs are the same in every run. One round suffices where
/// the strong directions have been taken out before; alone, mixing within 64 features loses to mixing over all.
/// </remarks>
internal sealed class Rotation
{
    /// <summary>Features of a full block.</summary>
    public const int Block = 64;

    private const ulong SignSeed = 0x5167;

    // A model has few widths; each tile of each block needs its rotation.
    private static readonly ConcurrentDictionary<(int Features, int Rounds), Rotation> s_made = new();

    private Rotation(int features, int rounds)
    {
        (Features, Rounds) = (features, rounds);
        List<int> blocks = [];
        for (int start = 0; start < features; start += blocks[^1]) blocks.Add(LargestBlock(features - start));
        Blocks = [.. blocks];
        Signs = [.. Enumerable.Range(0, rounds).Select(ScaledSigns)];
        Order = Strided();
    }

    /// <summary>The rotation of rows.</summary>
    /// <param name="features">n.</param>
    /// <param name="rounds">1, or 2 to mix over all features.</param>
    public static Rotation Of(int features, int rounds) => s_made.GetOrAdd((features, rounds), static key => new(key.Features, key.Rounds));

    /// <summary>n.</summary>
    public int Features { get; }

    /// <summary>1 or 2.</summary>
    public int Rounds { get; }

    /// <summary>Sizes of the blocks, which tile a row.</summary>
    public int[] Blocks { get; }

    /// <summary>For each round, each feature's sign over the square root of its block's size.</summary>
    public float[][] Signs { get; }

    /// <summary>Between rounds: the feature that comes to each place.</summary>
    public int[] Order { get; }

    /// <summary>Rotates rows (r, n) fp32; the caller disposes the result.</summary>
    public Tensor Forward(Tensor rows)
    {
        using var scope = NewDisposeScope();
        Tensor mixed = Hadamard(rows * tensor(Signs[0], device: rows.device));
        if (Rounds == 2)
            mixed = Hadamard(mixed.index_select(1, Index(Order, rows.device)) * tensor(Signs[1], device: rows.device));
        return mixed.MoveToOuterDisposeScope();
    }

    /// <summary>Rotates back rows (r, n) fp32; the caller disposes the result.</summary>
    public Tensor Inverse(Tensor rows)
    {
        using var scope = NewDisposeScope();
        Tensor mixed = rows;
        if (Rounds == 2)
            mixed = (Hadamard(mixed) * tensor(Signs[1], device: rows.device)).index_select(1, Index(Order, rows.device).argsort());
        return (Hadamard(mixed) * tensor(Signs[0], device: rows.device)).MoveToOuterDisposeScope();
    }

    private Tensor Hadamard(Tensor rows)
    {
        long count = rows.shape[0];
        int full = Blocks.Count(size => size == Block);
        List<Tensor> parts = [];
        if (full > 0) parts.Add(rows.narrow(1, 0, full * Block).reshape(count, full, Block).matmul(Matrix(Block, rows.device)).reshape(count, full * Block)); // (r, full, 64) within
        int start = full * Block;
        foreach (int size in Blocks[full..])
        {
            parts.Add(rows.narrow(1, start, size).matmul(Matrix(size, rows.device)));
            start += size;
        }
        return cat(parts, 1);
    }

    /// <summary>Entry (i, j) is −1 where i and j share an odd number of bits (Sylvester 1867).</summary>
    private static Tensor Matrix(int size, Device device)
    {
        var entries = new float[size * size];
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
                entries[(i * size) + j] = (int.PopCount(i & j) & 1) == 0 ? 1 : -1;
        return tensor(entries, [size, size], device: device);
    }

    private float[] ScaledSigns(int round)
    {
        using Tensor drawn = new SeededDraws(SignSeed).For(round).Signs(Features);
        float[] signs = drawn.data<float>().ToArray();
        int start = 0;
        foreach (int size in Blocks)
        {
            foreach (ref float sign in signs.AsSpan(start, size)) sign /= MathF.Sqrt(size);
            start += size;
        }
        return signs;
    }

    /// <summary>Features by their place in a block first, so that each new block holds features of all old ones.</summary>
    private int[] Strided()
    {
        int stride = Features == 0 ? 1 : Blocks[0];
        return [.. Enumerable.Range(0, Features).OrderBy(feature => feature % stride).ThenBy(feature => feature / stride)];
    }

    private static int LargestBlock(int left) => Math.Min(Block, 1 << int.Log2(left));

    private static Tensor Index(int[] order, Device device) => tensor(Array.ConvertAll(order, place => (long)place), device: device);
}
