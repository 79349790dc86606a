using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>
/// Defects of the reference implementation that concern no single class here (its golden files number 17 of them; the others are
/// tested beside what they concern, by methods named after them).
/// </summary>
public sealed class ReferenceDefectsTests
{
    public static TheoryData<ScalarType> Types => [ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64];

    // The reference asks every floating type of torch for its epsilon when it is imported, and fails where one has none.
    [Theory, MemberData(nameof(Types))]
    public void Defect1_every_floating_type_of_activations_is_served(ScalarType type)
    {
        using Tensor exact = (randn(300, 12, generator: new Generator(1)).matmul(randn(12, 128, generator: new Generator(2))) / 4).to(type);
        foreach (IActivationCodec codec in new IActivationCodec[] { new Exact(), new LowRank(RankRule.Absolute(12)), new EightBit(), new ResidualChain(4) })
        {
            using SavedActivation saved = codec.Save(exact, Context());
            using Tensor restored = saved.Restore();
            restored.dtype.ShouldBe(type, $"{codec}");
            Errors.Relative(restored.to(float64), exact.to(float64)).ShouldBeLessThan(0.05, $"{codec}");
        }
    }

    // The reference ignores its choice of test matrix, and even nonsense there, when there are more rows than columns.
    [Theory]
    [InlineData(400, 48)]
    [InlineData(48, 400)]
    public void Defect9_settings_hold_whichever_side_is_longer(int rows, int columns)
    {
        Should.Throw<FormatException>(() => RankRule.Parse("gaus"));
        Should.Throw<ArgumentOutOfRangeException>(() => new ResidualChain(5));
        using Tensor matrix = randn(rows, columns, generator: new Generator(3));
        double Error(int powerIterations)
        {
            LowRank codec = new(RankRule.Absolute(8), powerIterations) { EvenIfLarger = true };
            return Enumerable.Range(0, 8).Average(seed =>
            {
                using SavedActivation saved = codec.Save(matrix, Context((ulong)seed));
                saved.TryGetFactors(out Tensor left, out Tensor right, out _).ShouldBeTrue();
                (left.shape[1], right.shape[0]).ShouldBe((8, 8));
                using Tensor restored = saved.Restore();
                return Errors.Relative(restored, matrix);
            });
        }

        Error(3).ShouldBeLessThan(Error(0));
    }

    // The reference keeps the second linear's input of a ViT's MLP as it is, so that its sublayer mode keeps more than checkpointing.
    [Fact]
    public void Defect15_sublayer_mode_keeps_no_inside_of_the_mlp()
    {
        using LoractLlama llama = new();
        using Tensor ids = llama.Ids("plain", 0);
        long Kept(ActivationMode mode, IActivationCodec codec)
        {
            SavedBytes saved = new();
            llama.Step(ids, ActivationPlan.Uniform(llama.Model.Config.Blocks, mode, codec), settings => settings with { Saved = saved });
            return saved.Peak;
        }

        long checkpointing = Kept(ActivationMode.Layer, new Exact());
        Kept(ActivationMode.Sublayer, new LowRank(RankRule.Absolute(8))).ShouldBeLessThan(checkpointing);
        Kept(ActivationMode.Sublayer, new ResidualChain(2)).ShouldBeLessThan(checkpointing);
    }

    // The reference compresses on side streams of CUDA and fails without it.
    [Fact]
    public void Defect17_compression_needs_no_accelerator()
    {
        using Tensor exact = randn(200, 64, device: CPU, generator: new Generator(4));
        using SavedActivation factors = new LowRank(RankRule.Absolute(8)).Save(exact, Context()), code = new ResidualChain(2).Save(exact, Context());
        using Tensor one = factors.Restore(), other = code.Restore();
        (one.device_type, other.device_type).ShouldBe((TorchSharp.DeviceType.CPU, TorchSharp.DeviceType.CPU));
        Errors.Relative(other, exact).ShouldBeLessThan(0.4); // four levels lose 0.1175 of the energy of normal numbers
    }

    private static SaveContext Context(ulong seed = 1) => new(new ActivationSite(0, ActivationRole.LinearInput), new SeededDraws(seed));
}
