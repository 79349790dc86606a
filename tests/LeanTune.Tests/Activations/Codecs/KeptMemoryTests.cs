using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>What codecs say they keep against what the allocator sees.</summary>
[Collection(nameof(NativeMemoryCollection))]
public class KeptMemoryTests
{
    [Fact]
    public void Low_rank_keeps_its_factors_and_lets_the_activation_go()
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "this system cannot tell live native bytes");
        var context = new SaveContext(new ActivationSite(0, ActivationRole.BlockInput), new SeededDraws(1));
        var codec = new LowRank(RankRule.Fraction(1.0 / 8));
        using (Tensor warm = randn(4096, 576)) codec.Save(warm, context).Dispose();

        long before = ProcessMemory.LiveBytes;
        Tensor activation = randn(4096, 576);
        SavedActivation saved = codec.Save(activation, context);
        activation.Dispose();
        long kept = ProcessMemory.LiveBytes - before;
        saved.Bytes.ShouldBe(4 * 72 * (4096 + 576));
        Math.Abs(kept - saved.Bytes).ShouldBeLessThan(64 * 1024); // tensor headers and allocator granularity
        saved.Dispose();
        (ProcessMemory.LiveBytes - before).ShouldBeLessThan(64 * 1024);
    }
}

/// <summary>Tests that read the process's memory run alone.</summary>
[CollectionDefinition(nameof(NativeMemoryCollection), DisableParallelization = true)]
public class NativeMemoryCollection;
