using CsCheck;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

public sealed class BatchStreamTests
{
    private static readonly Gen<(int[] Lengths, int BatchSize, ulong Seed)> Streams =
        Gen.Select(Gen.Int[2, 40].Array[1, 200], Gen.Int[1, 9], Gen.ULong);

    [Fact]
    public void Every_example_appears_once_an_epoch() => Streams.Sample(s =>
    {
        BatchStream stream = Stream(s.Lengths, s.BatchSize, s.Seed);
        stream.BatchesPerEpoch.ShouldBe((s.Lengths.Length + s.BatchSize - 1) / s.BatchSize);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            stream.Position.ShouldBe(new DataPosition(epoch, 0));
            Take(stream, stream.BatchesPerEpoch).SelectMany(rows => rows).Order().ShouldBe(Enumerable.Range(0, s.Lengths.Length));
        }
    }, iter: 100);

    [Fact]
    public void A_stream_set_to_any_place_goes_on_as_the_first_did() =>
        Gen.Select(Streams, Gen.Int[0, 120], Gen.Int[0, 50]).Sample((s, before, elsewhere) =>
        {
            BatchStream stream = Stream(s.Lengths, s.BatchSize, s.Seed);
            Take(stream, before);
            DataPosition position = stream.Position;
            BatchStream resumed = Stream(s.Lengths, s.BatchSize, s.Seed);
            Take(resumed, elsewhere);
            resumed.Position = position;
            int enough = stream.BatchesPerEpoch + 2;
            Take(resumed, enough).ShouldBe(Take(stream, enough), new RowsEqual());
            resumed.Position.ShouldBe(stream.Position);
        }, iter: 100);

    [Fact]
    public void Sorted_pools_pad_little() => Streams.Where(s => s.Lengths.Length > 100).Sample(s =>
    {
        // Within a pool sorted by length, the widths of neighbouring batches telescope: padding is at most (longest − shortest) · batch size a pool.
        BatchStream stream = Stream(s.Lengths, s.BatchSize, s.Seed);
        long padding = 0;
        for (int i = 0; i < stream.BatchesPerEpoch; i++)
        {
            using Batch batch = stream.Next();
            padding += batch.PaddedTokens - batch.RealTokens;
        }

        int pools = (s.Lengths.Length + (EpochOrder.PoolBatches * s.BatchSize) - 1) / (EpochOrder.PoolBatches * s.BatchSize);
        padding.ShouldBeLessThanOrEqualTo((long)pools * s.BatchSize * (s.Lengths.Max() - s.Lengths.Min()));
    }, iter: 50);

    [Fact]
    public void Epochs_and_seeds_differ_in_order()
    {
        int[] lengths = [.. Enumerable.Repeat(4, 64)];
        List<int[]> first = Take(Stream(lengths, 4, 7), 32);
        Take(Stream(lengths, 4, 7), 32).ShouldBe(first, new RowsEqual());
        first[..16].SelectMany(r => r).ShouldNotBe(first[16..].SelectMany(r => r));
        Take(Stream(lengths, 4, 8), 16).SelectMany(r => r).ShouldNotBe(first[..16].SelectMany(r => r));
    }

    [Fact]
    public void Every_place_of_an_epoch_is_as_likely_for_an_example()
    {
        // Chi-square of example 0's place among 8, over 8,000 epochs: 7 degrees of freedom exceed 29.9 once in 10,000; the draws are fixed.
        int[] lengths = [.. Enumerable.Repeat(3, 8)];
        double[] seen = new double[8];
        for (int epoch = 0; epoch < 8_000; epoch++)
            seen[Array.FindIndex(EpochOrder.Batches(lengths, new BatchRule { Rows = 1 }, seed: 0, epoch), rows => rows[0][0] == 0)]++;
        seen.Sum(count => (count - 1000) * (count - 1000) / 1000).ShouldBeLessThan(29.9);
    }

    [Fact]
    public void A_place_that_the_stream_does_not_have_is_refused()
    {
        BatchStream stream = Stream([3, 3, 3], 2, 0);
        Should.Throw<ArgumentOutOfRangeException>(() => stream.Position = new DataPosition(0, 2));
        Should.Throw<ArgumentOutOfRangeException>(() => stream.Position = new DataPosition(-1, 0));
    }

    internal static BatchStream Stream(int[] lengths, int batchSize, ulong seed) =>
        // The first token says which example it is.
        new([.. lengths.Select((length, i) => new TokenizedExample([i, .. new int[length - 1]], [false, .. Enumerable.Repeat(true, length - 1)], "memory", i + 1))],
            batchSize, padId: 0, seed);

    internal static int[] Rows(Batch batch) => [.. batch.InputIds.data<long>().ToArray().Chunk((int)batch.InputIds.shape[1]).Select(row => (int)row[0])];

    private static List<int[]> Take(BatchStream stream, int count)
    {
        var batches = new List<int[]>();
        for (int i = 0; i < count; i++)
        {
            using Batch batch = stream.Next();
            batches.Add(Rows(batch));
        }

        return batches;
    }

    private sealed class RowsEqual : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj) => obj.Length;
    }
}
