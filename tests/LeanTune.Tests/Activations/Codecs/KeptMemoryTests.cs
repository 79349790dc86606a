using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Tests.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>What codecs say they keep against what the allocator sees.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public class KeptMemoryTests
{
    [Fact]
    public void Low_rank_keeps_its_factors_and_lets_the_activation_go()
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "this system cannot tell live native bytes");
        var context = new SaveContext(new ActivationSite(0, ActivationRole.BlockInput), new SeededDraws(1));
        var codec = new LowRank(RankRule.Fraction(1.0 / 8));
        using (Tensor warm = randn(4096, 576)) codec.Save(warm, context).Dispose();

        // What other threads do meanwhile disturbs a try or two, not the median.
        (long Kept, long Left)[] tries = [.. Enumerable.Range(0, 7).Select(_ =>
        {
            long before = ProcessMemory.LiveBytes;
            Tensor activation = randn(4096, 576);
            SavedActivation saved = codec.Save(activation, context);
            activation.Dispose();
            long kept = ProcessMemory.LiveBytes - before;
            saved.Bytes.ShouldBe(4 * 72 * (4096 + 576));
            saved.Dispose();
            return (kept - (4 * 72 * (4096 + 576)), ProcessMemory.LiveBytes - before);
        })];
        const long slack = 64 * 1024; // tensor headers and allocator granularity
        tries.Select(one => one.Kept).Order().ElementAt(3).ShouldBeInRange(-slack, slack);
        tries.Select(one => one.Left).Order().ElementAt(3).ShouldBeInRange(-slack, slack);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_residual_chain_keeps_what_it_counts_and_needs_one_difference_to_make_it(int bits)
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "this system cannot tell live native bytes");
        const long matrix = 4096 * 576 * 4;
        ResidualChain codec = new(bits);
        var generator = new Generator(1);
        using Tensor before = randn(4096, 576, generator: generator), update = Streams.Update(4096, 576, generator), after = before + update;
        Measure();
        (long Begun, long Kept, long Peak, long Left)[] tries = [.. Enumerable.Range(0, 5).Select(_ => Measure())];
        const long slack = 64 * 1024; // tensor headers, lists of rows, allocator granularity
        tries.Select(one => one.Begun).Order().ElementAt(2).ShouldBeInRange(-slack, slack);
        tries.Select(one => one.Kept).Order().ElementAt(2).ShouldBeInRange(-slack, slack);
        tries.Select(one => one.Left).Order().ElementAt(2).ShouldBeInRange(-slack, slack);
        // The difference, a sample of its rows, and the work of finding directions in it, which does not grow with the rows.
        const long tried = 96;
        tries.Max(one => one.Peak).ShouldBeLessThan(matrix + (1024 * 576 * 4) + (4 * (1024 + 576) * tried * 4));

        (long Begun, long Kept, long Peak, long Left) Measure()
        {
            using ChainState chain = new();
            long start = ProcessMemory.LiveBytes;
            SavedActivation first = codec.Save(before, At(0, chain));
            long begun = ProcessMemory.LiveBytes - start;
            using PeakSampler sampler = new();
            sampler.Restart();
            SavedActivation second = Watched(sampler, () => codec.Save(after, At(1, chain)));
            long peak = sampler.PeakBytes, kept = ProcessMemory.LiveBytes - start - begun;
            (8.0 * second.Bytes / (4096 * 576)).ShouldBeInRange(bits, bits + 0.4);
            long counted = second.Bytes;
            second.Restore().Dispose();
            second.Dispose();
            first.Restore().Dispose();
            first.Dispose();
            return (begun - matrix, kept - counted, peak, ProcessMemory.LiveBytes - start);
        }

        // A save takes a few milliseconds: the sampler alone would look two or three times.
        static T Watched<T>(PeakSampler sampler, Func<T> work)
        {
            using CancellationTokenSource done = new();
            Thread watcher = new(() =>
            {
                while (!done.IsCancellationRequested) sampler.Sample();
            });
            watcher.Start();
            try
            {
                return work();
            }
            finally
            {
                done.Cancel();
                watcher.Join();
            }
        }

        static SaveContext At(int block, ChainState chain) => new(new ActivationSite(block, ActivationRole.BlockInput), new SeededDraws(1), null, chain);
    }
}
