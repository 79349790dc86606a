using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Tests.Native;
using OwnModel;

namespace LeanTune.Tests.Samples;

/// <summary>The sample of a network of one's own: compressed activations keep little, and training goes the same way.</summary>
[Collection(nameof(NativeMemoryCollection)), SettledMemory]
public class OwnModelTests
{
    private const int Steps = 6;

    [Fact]
    public void Exact_checkpoints_train_as_autograd_does() => Differences(new Exact()).ShouldAllBe(difference => difference < 1e-4);

    [Fact]
    public void A_residual_chain_trains_nearly_as_autograd_does()
    {
        double[] differences = Differences(new ResidualChain(bits: 2));
        differences[0].ShouldBeLessThan(1e-5, "the forward pass is exact");
        differences.ShouldAllBe(difference => difference < 0.01);
        differences.Max().ShouldBeGreaterThan(0, "the gradients are approximations");
    }

    [Fact]
    public void Little_is_kept()
    {
        Assert.SkipUnless(ProcessMemory.HasLiveBytes, "this system cannot tell live native bytes");
        TrainingResult plain = TrainingRun.Run(null, 1), chain = TrainingRun.Run(new ResidualChain(bits: 2), 1);
        chain.KeptBytes.ShouldBeLessThan(plain.KeptBytes / 10);
        chain.PeakBytes.ShouldBeLessThan(plain.PeakBytes / 2);
    }

    private static double[] Differences(IActivationCodec codec) =>
        [.. TrainingRun.Run(codec, Steps).Losses.Zip(TrainingRun.Run(null, Steps).Losses, (one, other) => Math.Abs(one - other))];
}
