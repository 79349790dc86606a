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
}
