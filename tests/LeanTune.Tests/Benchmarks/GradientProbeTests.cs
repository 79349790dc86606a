using LeanTune.Activations;
using LeanTune.Benchmarks.Codecs;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Training;
using static TorchSharp.torch;

namespace LeanTune.Tests.Benchmarks;

/// <summary>What the bench of codecs says: errors of gradients, and bits counted as they are kept.</summary>
public sealed class GradientProbeTests : IDisposable
{
    private const int Rows = 4, Tokens = 48, Real = (3 * Tokens) + 30, Width = 64, Blocks = 3;

    private readonly AdaptedModel _adapted = AdaptedModel.Fresh(DecoderLoader.Random(
        new DecoderConfig
        {
            ModelType = "llama", Vocabulary = 100, Width = Width, FeedForward = 96, Blocks = Blocks, Heads = 2, KeyValueHeads = 1, HeadWidth = 32,
            NormEpsilon = 1e-5, Rotary = new RotaryConfig(10_000), MaxPositions = 128, TiedEmbeddings = true,
            Windows = [.. Enumerable.Repeat<int?>(null, Blocks)], Rotated = [.. Enumerable.Repeat(true, Blocks)],
        },
        seed: 5, ScalarType.Float32));

    private readonly Batch _batch;

    public GradientProbeTests()
    {
        Random random = new(3);
        _batch = Batch.From([.. Enumerable.Range(0, Rows).Select(row => row == 2 ? 30 : Tokens).Select((length, row) => new TokenizedExample(
            [.. Enumerable.Range(0, length).Select(_ => random.Next(100))], [.. Enumerable.Repeat(true, length)], "random", row))], padId: 0);
    }

    public void Dispose()
    {
        _batch.Dispose();
        _adapted.Dispose();
    }

    [Fact]
    public void Errors_of_vectors_known_by_hand()
    {
        using Tensor exact = tensor(new[] { 3f, 4f, 0f }), other = tensor(new[] { 3f, 4f, 5f }), doubled = exact * 2;
        GradientError.Of(other, exact).Cosine.ShouldBe(25 / (Math.Sqrt(50) * 5), 1e-12);
        GradientError.Of(other, exact).Relative.ShouldBe(1, 1e-12);
        GradientError.Of(doubled, exact).ShouldSatisfyAllConditions(error => error.Cosine.ShouldBe(1, 1e-12), error => error.Relative.ShouldBe(1, 1e-12));
    }

    [Theory]
    [InlineData("layer")]
    [InlineData("layer2")]
    [InlineData("sublayer")]
    public void Exact_checkpoints_give_the_exact_gradient_at_32_bits_a_number(string mode)
    {
        CodecResult result = Measure(mode, "exact");
        result.Whole[0].Relative.ShouldBeLessThan(1e-4);
        result.Blocks[0].ShouldAllBe(error => error.Relative < 1e-4);
        result.Bits[0].ShouldBe(32.0 * Rows * Tokens / Real, 1e-9, "padding is kept, but does not count as a number");
    }

    [Fact]
    public void Mode_ops_is_measured_as_it_runs_without_a_meter() => Measure("ops", "exact").Whole[0].Relative.ShouldBeLessThan(1e-4, "everything is kept exactly");

    [Fact]
    public void Low_rank_bits_are_those_of_two_factors()
    {
        const int k = Width / 8;
        Measure("layer", "1/8").Bits[0].ShouldBe(32.0 * k * (Real + Width) / (Real * Width), 1e-9);
        Measure("layer", "1/8:bf16").Bits[0].ShouldBe(16.0 * k * (Real + Width) / (Real * Width), 1e-9);
    }

    [Theory]
    [InlineData("layer", Blocks)]
    [InlineData("sublayer", 2 * Blocks)]
    public void The_first_tensor_of_a_chain_counts_and_costs_nothing(string mode, int tensors)
    {
        CodecResult result = Measure(mode, "chain:2");
        long buffer = Rows * Tokens * Width * 4;
        double first = result.Kept[0] - (result.Bits[0] * tensors * Real * Width / 8);
        first.ShouldBeInRange(buffer, buffer + 100, "the buffer and the list of its real rows");
        result.Whole[0].Cosine.ShouldBeInRange(0.5, 0.9999);
    }

    [Fact]
    public void More_bits_leave_a_smaller_error()
    {
        double[] errors = [.. new[] { "open:1", "open:2", "open:4" }.Select(codec => Measure("layer", codec).Whole[0].Relative)];
        errors.ShouldBe(errors.OrderDescending());
        errors[0].ShouldBeGreaterThan(3 * errors[2]);
    }

    [Fact]
    public void Mode_ops_has_no_chain_so_that_every_tensor_costs()
    {
        CodecResult chained = Measure("ops", "chain:2"), open = Measure("ops", "open:2"), eightBit = Measure("ops", "balanced");
        chained.Bits[0].ShouldBe(open.Bits[0], 1e-9);
        eightBit.Codec.Name.ShouldBe("int8");
        eightBit.Bits[0].ShouldBe(8 * (Width + 4.0) / Width * Rows * Tokens / Real, 1e-9, "codes and a scale of four bytes a row; padding is kept");
        eightBit.Whole[0].Relative.ShouldBeLessThan(0.05);
    }

    [Fact]
    public void Times_that_are_not_measured_whole_are_left_out()
    {
        CodecResult ops = Measure("ops", "balanced"), layer = Measure("layer", "balanced");
        ops.Markdown().ShouldEndWith(" |  |  |");
        ops.Fields().Single(field => field.Name == "encode_seconds").Value.ShouldBeNull();
        ops.Fields().Single(field => field.Name == "codec_share_of_step").Value.ShouldBeNull();
        layer.Markdown().ShouldNotContain("|  |");
        layer.Fields().ShouldAllBe(field => field.Value != null);
    }

    [Fact]
    public void A_meter_does_not_hide_that_restoring_costs_nothing()
    {
        using Tensor activation = randn(4, 8);
        using SavedActivation saved = new MeteredCodec(new LeanTune.Activations.Codecs.Exact(), new CodecMeter()).Save(activation, default);
        saved.RestoresByView.ShouldBeTrue();
    }

    [Theory]
    [InlineData("layer")]
    [InlineData("layer2")]
    [InlineData("sublayer")]
    [InlineData("ops")]
    public void The_fidelities_are_those_of_recipes(string mode)
    {
        foreach (Fidelity word in Enum.GetValues<Fidelity>())
        {
            IActivationCodec expected = ActivationPlans.Codec(new ActivationOptions { Mode = Plans.ModeOf(mode), Fidelity = word });
            CodecChoice.Parse(word.ToString().ToLowerInvariant(), mode).Codec.ToString().ShouldBe(expected.ToString());
        }

        CodecChoice.Parse("chain:1", "layer").FidelityIn("layer").ShouldBe("small");
        CodecChoice.Parse("open:2", "layer").FidelityIn("layer").ShouldBe("");
        CodecChoice.Parse("int8", "ops").FidelityIn("ops").ShouldBe("balanced", "the first of the words that mean it");
        Should.Throw<ArgumentException>(() => CodecChoice.Parse("chain:5", mode)).Message.ShouldContain("1, 2, 3, 4");
    }

    private CodecResult Measure(string mode, string codec)
    {
        using GradientProbe probe = new(_adapted, [_batch]);
        return probe.Measure(mode, CodecChoice.Parse(codec, mode));
    }
}
