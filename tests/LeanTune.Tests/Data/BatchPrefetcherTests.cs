using System.Collections;
using LeanTune.Data;

namespace LeanTune.Tests.Data;

public sealed class BatchPrefetcherTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(2, 30)];

    [Fact]
    public void Batches_and_positions_are_those_of_the_stream()
    {
        BatchStream stream = BatchStreamTests.Stream(Lengths, 4, seed: 3);
        using var prefetcher = new BatchPrefetcher(BatchStreamTests.Stream(Lengths, 4, seed: 3), ahead: 3);
        for (int i = 0; i < 40; i++)
        {
            prefetcher.Position.ShouldBe(stream.Position);
            using Batch expected = stream.Next();
            using Batch actual = prefetcher.Next(TestContext.Current.CancellationToken);
            BatchStreamTests.Rows(actual).ShouldBe(BatchStreamTests.Rows(expected));
        }
    }

    [Fact]
    public void A_run_resumed_from_the_saved_position_misses_no_batch()
    {
        DataPosition saved;
        using (var first = new BatchPrefetcher(BatchStreamTests.Stream(Lengths, 4, seed: 3)))
        {
            for (int i = 0; i < 11; i++)
                first.Next(TestContext.Current.CancellationToken).Dispose();
            saved = first.Position;
        }

        BatchStream stream = BatchStreamTests.Stream(Lengths, 4, seed: 3);
        for (int i = 0; i < 11; i++)
            stream.Next().Dispose();
        BatchStream resumed = BatchStreamTests.Stream(Lengths, 4, seed: 3);
        resumed.Position = saved;
        using var second = new BatchPrefetcher(resumed);
        using Batch expected = stream.Next(), actual = second.Next(TestContext.Current.CancellationToken);
        BatchStreamTests.Rows(actual).ShouldBe(BatchStreamTests.Rows(expected));
    }

    [Fact]
    public void A_failure_arrives_when_its_batch_is_due()
    {
        var examples = new FailingList(good: 3);
        var stream = new BatchStream(examples, 1, 0, 0);
        examples.Armed = true;
        using var prefetcher = new BatchPrefetcher(stream, ahead: 5);
        for (int i = 0; i < 3; i++)
            prefetcher.Next(TestContext.Current.CancellationToken).Dispose();
        Should.Throw<DataException>(() => prefetcher.Next()).Message.ShouldBe("the file went away");
        Should.Throw<DataException>(() => prefetcher.Next(), "a failed prefetcher stays failed");
    }

    [Fact]
    public void A_wait_that_is_cancelled_loses_no_batch()
    {
        using var gate = new ManualResetEventSlim();
        var examples = new FailingList(good: int.MaxValue) { Gate = gate };
        var stream = new BatchStream(examples, 1, 0, 0);
        examples.Armed = true;
        using var prefetcher = new BatchPrefetcher(stream);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Should.Throw<OperationCanceledException>(() => prefetcher.Next(cancellation.Token));
        prefetcher.Position.ShouldBe(new DataPosition(0, 0));
        gate.Set();
        prefetcher.Next(TestContext.Current.CancellationToken).Dispose();
        prefetcher.Position.ShouldBe(new DataPosition(0, 1));
    }

    [Fact]
    public void Disposing_ends_the_thread_and_batches_that_wait()
    {
        var examples = new FailingList(good: int.MaxValue);
        var stream = new BatchStream(examples, 1, 0, 0);
        examples.Armed = true;
        var prefetcher = new BatchPrefetcher(stream, ahead: 2);
        prefetcher.Next(TestContext.Current.CancellationToken).Dispose();
        prefetcher.Dispose();
        prefetcher.Dispose();
        Should.Throw<ObjectDisposedException>(() => prefetcher.Next());
        int made = examples.Made;
        // One handed out, two waiting, one in the producer's hands.
        made.ShouldBeInRange(1, 4);
        Thread.Sleep(50);
        examples.Made.ShouldBe(made);
    }

    private sealed class FailingList(int good) : IReadOnlyList<TokenizedExample>
    {
        public bool Armed { get; set; }

        public ManualResetEventSlim? Gate { get; set; }

        public int Made { get; private set; }

        public int Count => 8;

        public TokenizedExample this[int index]
        {
            get
            {
                Gate?.Wait();
                if (Armed && ++Made > good)
                    throw new DataException("the file went away");
                return new TokenizedExample([index, 1], [false, true], "memory", index + 1);
            }
        }

        public IEnumerator<TokenizedExample> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
                yield return new TokenizedExample([i, 1], [false, true], "memory", i + 1);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
