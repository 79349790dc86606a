using CsCheck;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

/// <summary>Rows of several examples, and batches under a budget of tokens.</summary>
public sealed class PackingTests
{
    private static readonly Gen<(int[] Lengths, int Capacity, int Rows, ulong Seed)> Packings =
        from capacity in Gen.Int[2, 300]
        from lengths in Gen.Int[2, capacity].Array[1, 400]
        from rows in Gen.Int[1, 9]
        from seed in Gen.ULong
        select (lengths, capacity, rows, seed);

    [Fact]
    public void Rows_hold_every_item_once_and_never_more_than_fits() => Packings.Sample(p =>
    {
        List<List<int>> rows = RowPacking.Rows(Enumerable.Range(0, p.Lengths.Length), p.Lengths, p.Capacity);
        rows.SelectMany(row => row).Order().ShouldBe(Enumerable.Range(0, p.Lengths.Length));
        rows.ShouldAllBe(row => row.Sum(item => p.Lengths[item]) <= p.Capacity);
    }, iter: 300);

    [Fact]
    public void Each_item_goes_into_the_fullest_row_that_has_room() => Packings.Sample(p =>
    {
        // The definition of best fit decreasing, written as a search through all rows.
        List<List<int>> expected = [];
        foreach (int item in Enumerable.Range(0, p.Lengths.Length).OrderByDescending(item => p.Lengths[item]))
        {
            int Room(List<int> row) => p.Capacity - row.Sum(each => p.Lengths[each]) - p.Lengths[item];
            if (expected.Where(row => Room(row) >= 0).MinBy(Room) is { } best) best.Add(item);
            else expected.Add([item]);
        }

        // Which of two equally full rows takes it is open; how full rows are is not.
        int[] Fill(List<List<int>> rows) => [.. rows.Select(row => row.Sum(item => p.Lengths[item])).Order()];
        Fill(RowPacking.Rows(Enumerable.Range(0, p.Lengths.Length), p.Lengths, p.Capacity)).ShouldBe(Fill(expected));
    }, iter: 100);

    [Fact]
    public void Short_examples_leave_next_to_nothing_empty()
    {
        Random random = new(1);
        int[] lengths = [.. Enumerable.Range(0, 10_000).Select(_ => random.Next(10, 200))];
        int[][][] batches = EpochOrder.Batches(lengths, new BatchRule { Rows = 4, PackTo = 512 }, seed: 1, epoch: 0);
        long rows = batches.Sum(batch => (long)batch.Length);
        ((double)lengths.Sum() / (rows * 512)).ShouldBeGreaterThan(0.99);
    }

    [Fact]
    public void An_epoch_of_packed_rows_holds_every_example_once_and_epochs_differ() => Packings.Sample(p =>
    {
        BatchRule rule = new() { Rows = p.Rows, PackTo = p.Capacity };
        int[][][] first = EpochOrder.Batches(p.Lengths, rule, p.Seed, 0), again = EpochOrder.Batches(p.Lengths, rule, p.Seed, 0), second = EpochOrder.Batches(p.Lengths, rule, p.Seed, 1);
        foreach (int[][][] epoch in new[] { first, second })
        {
            epoch.SelectMany(batch => batch).SelectMany(row => row).Order().ShouldBe(Enumerable.Range(0, p.Lengths.Length));
            epoch.SkipLast(1).ShouldAllBe(batch => batch.Length == p.Rows);
        }

        Flat(again).ShouldBe(Flat(first));
        if (p.Lengths.Length > 50) Flat(second).ShouldNotBe(Flat(first));
    }, iter: 100);

    [Fact]
    public void Under_a_budget_no_batch_exceeds_it_and_padding_is_bounded() => Packings.Sample(p =>
    {
        BatchRule rule = new() { Tokens = 3L * p.Capacity, PadToMultipleOf = 1 + (p.Rows % 3) };
        if (rule.Width(p.Capacity) > rule.Tokens) return;
        int[][][] batches = EpochOrder.Batches(p.Lengths, rule, p.Seed, 0);
        batches.SelectMany(batch => batch).Select(row => row.Single()).Order().ShouldBe(Enumerable.Range(0, p.Lengths.Length));
        long padding = 0;
        foreach (int[][] batch in batches)
        {
            int[] lengths = [.. batch.Select(row => p.Lengths[row[0]])];
            (batch.Length * rule.Width(lengths.Max())).ShouldBeLessThanOrEqualTo(rule.Tokens);
            padding += lengths.Sum(length => (long)lengths.Max() - length);
        }

        // In a pool sorted by length the batches do not overlap: what they span adds up to the longest minus the shortest, times the most rows of a batch.
        int most = batches.Max(batch => batch.Length), usual = rule.RowsOf((long)Math.Ceiling(p.Lengths.Average()));
        int pools = (p.Lengths.Length + (EpochOrder.PoolBatches * usual) - 1) / (EpochOrder.PoolBatches * usual);
        padding.ShouldBeLessThanOrEqualTo((long)pools * most * (p.Lengths.Max() - p.Lengths.Min()));
    }, iter: 200);

    [Fact]
    public void A_stream_goes_on_amid_an_epoch_as_it_would_have() =>
        Gen.Select(Packings, Gen.Int[0, 40], Gen.Bool).Sample((p, before, packed) =>
        {
            BatchRule rule = packed ? new() { Rows = p.Rows, PackTo = p.Capacity } : new() { Tokens = 2L * p.Capacity };
            BatchStream stream = Stream(p.Lengths, rule, p.Seed);
            for (int i = 0; i < before; i++) stream.Next().Dispose();
            BatchStream resumed = Stream(p.Lengths, rule, p.Seed);
            resumed.Position = stream.Position;
            for (int i = 0; i < 20; i++)
            {
                using Batch expected = stream.Next(), actual = resumed.Next();
                actual.InputIds.data<long>().ToArray().ShouldBe(expected.InputIds.data<long>().ToArray());
                actual.Samples.SelectMany(row => row).ShouldBe(expected.Samples.SelectMany(row => row));
            }

            resumed.Position.ShouldBe(stream.Position);
        }, iter: 60);

    [Fact]
    public void No_batch_of_any_epoch_exceeds_the_bounds_that_memory_is_planned_for() => Gen.Select(Packings, Gen.Int[0, 2]).Sample((p, kind) =>
    {
        BatchRule rule = kind switch
        {
            0 => new() { Rows = p.Rows },
            1 => new() { Tokens = 2L * p.Capacity },
            _ => new() { Rows = p.Rows, PackTo = p.Capacity },
        };
        BatchStream stream = Stream(p.Lengths, rule, p.Seed);
        BatchBounds bounds = BatchBounds.Of(Examples(p.Lengths), rule);
        using Batch longest = stream.Longest();
        long seen = 0;
        for (int i = 0; i < 60; i++)
        {
            using Batch batch = stream.Next();
            batch.PaddedTokens.ShouldBeLessThanOrEqualTo((long)bounds.Rows * bounds.Tokens);
            batch.InputIds.shape[1].ShouldBeLessThanOrEqualTo(bounds.Tokens);
            batch.SupervisedTokens.ShouldBeLessThanOrEqualTo(bounds.Supervised);
            if (stream.Position.Epoch == 0) seen = Math.Max(seen, batch.PaddedTokens);
        }

        longest.PaddedTokens.ShouldBeInRange(seen, (long)bounds.Rows * bounds.Tokens);
        if (kind != 1) ((long)bounds.Rows * bounds.Tokens).ShouldBeLessThanOrEqualTo((long)p.Rows * p.Capacity);
        else ((long)bounds.Rows * bounds.Tokens).ShouldBeLessThan(rule.Tokens + bounds.Tokens);
    }, iter: 100);

    [Fact]
    public void Targets_stand_where_the_examples_have_them_and_never_at_a_beginning()
    {
        TokenizedExample first = new([5, 6, 7], [false, false, true], "a", 1), second = new([8, 9], [true, true], "a", 2), third = new([4, 3], [false, true], "a", 3);
        using Batch batch = Batch.Pack([[first, second], [third]], padId: 1);
        batch.InputIds.data<long>().ToArray().ShouldBe([5, 6, 7, 8, 9, 4, 3, 1, 1, 1]);
        batch.Labels.data<long>().ToArray().ShouldBe([-100, -100, 7, -100, 9, -100, 3, -100, -100, -100]);
        (batch.SupervisedTokens, batch.RealTokens, batch.PaddedTokens, batch.IsPacked).ShouldBe((3, 7, 10, true));
        using Batch row = batch.Rows(1, 1);
        row.InputIds.data<long>().ToArray().ShouldBe([4, 3]);
        (row.SupervisedTokens, row.IsPacked).ShouldBe((1, false));
    }

    [Fact]
    public void Rules_that_nothing_can_follow_are_refused()
    {
        Should.Throw<ArgumentException>(() => Stream([3, 4], new BatchRule(), 0)).Message.ShouldContain("limit");
        Should.Throw<ArgumentException>(() => Stream([3, 4], new BatchRule { Rows = 2, PackTo = 3 }, 0)).Message.ShouldContain("cannot hold an example of 4");
        Should.Throw<ArgumentException>(() => Stream([3, 4], new BatchRule { Rows = 0 }, 0));
    }

    private static string Flat(int[][][] batches) => string.Join(';', batches.Select(batch => string.Join('|', batch.Select(row => string.Join(',', row)))));

    private static BatchStream Stream(int[] lengths, BatchRule rule, ulong seed) => new(Examples(lengths), rule, padId: 0, seed);

    private static TokenizedExample[] Examples(int[] lengths) =>
        [.. lengths.Select((length, i) => new TokenizedExample([i, .. new int[length - 1]], [false, .. Enumerable.Range(1, length - 1).Select(t => (t + i) % 3 != 0)], "memory", i + 1))];
}
