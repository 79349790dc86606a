using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Activations.Codecs.Residual;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>The residual chain at the seam: one forward and one backward walk, its order, masks, types and bytes.</summary>
public class ResidualChainTests
{
    public static TheoryData<double> Bits => [.. ResidualChain.BitChoices];

    [Theory]
    [MemberData(nameof(Bits))]
    public void Walks_up_and_down_to_the_exact_first_activation(double bits)
    {
        using var scope = NewDisposeScope();
        Tensor[] stream = Streams.Residual(blocks: 6, tokens: 300, features: 192);
        using ChainState chain = new();
        ResidualChain codec = new(bits);
        SavedActivation[] saved = [.. stream.Select((activation, block) => codec.Save(activation, At(block, chain)))];
        saved[0].Kind.ShouldBe(SavedBytes.Chain);
        saved.Skip(1).ShouldAllBe(activation => activation.Kind == SavedBytes.Codes);
        double worst = 0;
        for (int block = 5; block >= 0; block--)
        {
            using (Tensor restored = saved[block].Restore())
            {
                restored.shape.ShouldBe(stream[block].shape);
                restored.dtype.ShouldBe(ScalarType.Float32);
                worst = Math.Max(worst, Errors.Relative(restored, stream[block], block == 0 ? stream[0] : stream[block] - stream[block - 1]));
                if (block == 0) Errors.Relative(restored, stream[0]).ShouldBeLessThan(1e-6);
            }
            saved[block].Dispose();
        }
        // In units of the differences; directions gain on the quantiser's own loss.
        worst.ShouldBeInRange(1e-3, Math.Sqrt(LloydMax.Of(Levels(bits)).Distortion));
        chain.Bytes.ShouldBe(0);
    }

    [Fact]
    public void The_loop_is_closed_so_losses_do_not_pile_up()
    {
        using var scope = NewDisposeScope();
        Tensor[] stream = Streams.Residual(blocks: 40, tokens: 128, features: 64);
        using ChainState chain = new();
        ResidualChain codec = new(1);
        SavedActivation last = stream.Select((activation, block) => codec.Save(activation, At(block, chain))).Last();
        using Tensor decoded = last.Restore();
        // One code's loss, not that of 39 codes: 0.36 of each update's energy would add up to 3.7 updates.
        Errors.Relative(decoded, stream[39], stream[39] - stream[38]).ShouldBeLessThan(0.9);
    }

    private static SaveContext At(int block, ChainState? chain, Tensor? mask = null) =>
        new(new ActivationSite(block, ActivationRole.BlockInput), new SeededDraws(3).For(block), mask, chain);

    private static int Levels(double bits) => bits switch { 1 => 2, 1.6 => 3, 2 => 4, 3 => 8, _ => 16 };
}
