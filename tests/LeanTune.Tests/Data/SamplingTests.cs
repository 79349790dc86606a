using CsCheck;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Orders are permutations that a seed repeats, streams resume where they stood, and what is held out depends on content alone.</summary>
public sealed class SamplingTests
{
    private static readonly Gen<ulong[]> Hashes = Gen.OneOf(Gen.ULong, Gen.ULong[0, 20]).Array[2, 200].Where(hashes => hashes.Distinct().Count() > 1);

    [Fact]
    public void An_epoch_hands_out_every_example_once() => Gen.Select(Gen.Int[1, 500], Gen.ULong, Gen.Long[0, 1000]).Sample((count, seed, epoch) =>
    {
        int[] order = Order(seed, (count, 1)).Epoch(epoch);
        order.Order().ShouldBe(Enumerable.Range(0, count));
        Order(seed, (count, 1)).Epoch(epoch).ShouldBe(order);
    }, iter: 200, threads: 1);

    [Fact]
    public void Epochs_and_seeds_differ()
    {
        SampleOrder order = Order(5, (100, 1));
        order.Epoch(1).ShouldNotBe(order.Epoch(0));
        Order(6, (100, 1)).Epoch(0).ShouldNotBe(order.Epoch(0));
        order.Epoch(0).ShouldNotBe(Enumerable.Range(0, 100));
    }

    [Fact]
    public void Weights_say_how_often_an_epoch_hands_an_example_out() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 60], Gen.OneOf(0.25, 0.5, 1.0, 1.5, 2.0, 3.75), Gen.ULong).Sample((first, second, weight, seed) =>
        {
            SampleOrder order = Order(seed, (first, 1), (second, weight));
            int[] drawn = new int[first + second];
            for (int epoch = 0; epoch < 4; epoch++)
            {
                int[] indices = order.Epoch(epoch);
                indices.Count(index => index < first).ShouldBe(first);
                Math.Abs(indices.Count(index => index >= first) - (weight * second)).ShouldBeLessThan(1);
                foreach (int index in indices)
                    drawn[index]++;
            }

            order.Epoch(1).Length.ShouldBeLessThanOrEqualTo(order.Epoch(0).Length);
            // All these weights make whole passes in four epochs.
            drawn[..first].ShouldAllBe(times => times == 4);
            drawn[first..].ShouldAllBe(times => times == 4 * weight);
        }, iter: 200, threads: 1);

    [Fact]
    public void A_stream_goes_on_where_it_stood() => Gen.Select(Gen.Int[1, 40], Gen.Int[0, 200], Gen.ULong).Sample((count, before, seed) =>
    {
        var straight = new SampleStream(Order(seed, (count, 1), (3, 0.4)));
        for (int i = 0; i < before; i++)
            straight.Next();
        var resumed = new SampleStream(Order(seed, (count, 1), (3, 0.4))) { Position = straight.Position };
        for (int i = 0; i < 100; i++)
            resumed.Next().ShouldBe(straight.Next());
        resumed.Position.ShouldBe(straight.Position);
    }, iter: 200, threads: 1);

    [Fact]
    public void Epochs_that_draw_nothing_are_passed_over()
    {
        var stream = new SampleStream(Order(1, (1, 0.1)));
        stream.Next().ShouldBe(0);
        stream.Position.ShouldBe(new SamplePosition(0, 1));
        stream.Next().ShouldBe(0);
        stream.Position.ShouldBe(new SamplePosition(10, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => stream.Position = new SamplePosition(1, 1));
        Should.Throw<ArgumentException>(() => new SampleOrder([new WeightedGroup([], 1)], 0));
    }

    [Fact]
    public void What_is_held_out_survives_reordering() => Gen.Select(Hashes, Gen.Double[0.01, 0.99], Gen.Int[1, 199], Gen.ULong).Sample((hashes, share, count, seed) =>
    {
        ulong[] shuffled = [.. hashes];
        new SeededShuffle(seed, 0).Apply<ulong>(shuffled);
        Held(hashes, HoldOut.ByShare(hashes, share)).ShouldBe(Held(shuffled, HoldOut.ByShare(shuffled, share)));
        Both(hashes, HoldOut.ByShare(hashes, share));
        if (count < hashes.Length)
        {
            bool[] held = HoldOut.ByCount(hashes, count);
            Held(hashes, held).ShouldBe(Held(shuffled, HoldOut.ByCount(shuffled, count)));
            held.Count(h => h).ShouldBeLessThanOrEqualTo(count);
            if (hashes.Distinct().Count() == hashes.Length)
                held.Count(h => h).ShouldBe(count);
        }
    }, iter: 500, threads: 1);

    [Fact]
    public void A_share_is_about_that_share_and_others_do_not_move_an_example()
    {
        ulong[] hashes = [.. Enumerable.Range(0, 20_000).Select(i => new PlainTextExample($"text {i}") { Place = new RecordPlace("f", i) }.ContentHash())];
        bool[] held = HoldOut.ByShare(hashes, 0.1);
        held.Count(h => h).ShouldBeInRange(1850, 2150);
        HoldOut.ByShare(hashes[..5000], 0.1).ShouldBe(held[..5000]);
    }

    [Fact]
    public void Equal_examples_cannot_be_divided() =>
        Should.Throw<DataException>(() => HoldOut.ByShare([4, 4, 4], 0.5)).Message.ShouldContain("3 examples that are all the same");

    private static void Both(ulong[] hashes, bool[] held)
    {
        held.ShouldContain(true);
        held.ShouldContain(false);
        hashes.Where((_, i) => held[i]).Intersect(hashes.Where((_, i) => !held[i])).ShouldBeEmpty();
    }

    private static IEnumerable<ulong> Held(ulong[] hashes, bool[] held) => hashes.Where((_, i) => held[i]).Order();

    private static SampleOrder Order(ulong seed, params (int Count, double Weight)[] groups)
    {
        int from = 0;
        var made = new List<WeightedGroup>();
        foreach ((int count, double weight) in groups)
            made.Add(new WeightedGroup([.. Enumerable.Range((from += count) - count, count)], weight));
        return new SampleOrder(made, seed);
    }
}
