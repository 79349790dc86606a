using System.Text.Json;
using CsCheck;
using LeanTune.Adapters.Peft;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Adapters.Peft;

public class LoraInitTests
{
    private const string Module = "model.layers.0.self_attn.q_proj";

    [Theory]
    [InlineData(LoraStart.Default, "default")]
    [InlineData(LoraStart.Gaussian, "gaussian")]
    [InlineData(LoraStart.Random, "false")]
    public void Ranges_are_those_PEFT_draws(LoraStart start, string name)
    {
        using DisposeScope scope = NewDisposeScope();
        LoraFactors drawn = LoraInit.Draw(Module, rank: 16, inputWidth: 600, outputWidth: 400, seed: 3, start);
        JsonElement observed = AdapterFixtures.Json("init_ranges.json").GetProperty("observed");
        Compare(drawn.A, observed.GetProperty($"{name}.0.lora_A.weight"), uniformBound: start == LoraStart.Gaussian ? null : 1 / Math.Sqrt(600));
        Compare(drawn.B, observed.GetProperty($"{name}.0.lora_B.weight"), uniformBound: start == LoraStart.Random ? 1 / Math.Sqrt(16) : null);
    }

    [Fact]
    public void A_gaussian_start_is_normal()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scaled = LoraInit.Draw(Module, 16, 4000, 1, seed: 5, LoraStart.Gaussian).A.mul(16).flatten();
        // Shares within 1, 2 and 3 deviations, each to four standard errors of 64000 draws; fourth moment 3.
        foreach ((double limit, double share) in ((double, double)[])[(1, 0.68269), (2, 0.95450), (3, 0.99730)])
            scaled.abs().lt(limit).to(ScalarType.Float64).mean().ToDouble().ShouldBe(share, 4 * Math.Sqrt(share * (1 - share) / 64000));
        scaled.pow(4).mean().ToSingle().ShouldBe(3f, 0.16f);
        scaled[..^1].mul(scaled[1..]).mean().ToSingle().ShouldBe(0f, 0.016f, "neighbours are independent");
    }

    [Fact]
    public void A_draw_depends_on_seed_and_module_only() =>
        Gen.Select(Gen.ULong, Gen.String[Gen.Char.AlphaNumeric, 1, 12], Gen.Enum<LoraStart>()).Sample((seed, module, start) =>
        {
            using DisposeScope scope = NewDisposeScope();
            LoraFactors first = LoraInit.Draw(module, 3, 17, 5, seed, start);
            LoraInit.Draw(module + "x", 3, 17, 5, seed, start);
            int threads = get_num_threads();
            LoraFactors again;
            try
            {
                set_num_threads(1);
                again = LoraInit.Draw(module, 3, 17, 5, seed, start);
            }
            finally
            {
                set_num_threads(threads);
            }

            AdapterFixtures.Same(first.A, again.A).ShouldBeTrue();
            AdapterFixtures.Same(first.B, again.B).ShouldBeTrue();
            AdapterFixtures.Same(first.A, LoraInit.Draw(module + "x", 3, 17, 5, seed, start).A).ShouldBeFalse();
            AdapterFixtures.Same(first.A, LoraInit.Draw(module, 3, 17, 5, seed + 1, start).A).ShouldBeFalse();
            first.A.requires_grad.ShouldBeFalse();
        }, iter: 50, threads: 1);

    private static void Compare(Tensor drawn, JsonElement observed, double? uniformBound)
    {
        drawn.shape.ShouldBe(observed.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()));
        double deviation = observed.GetProperty("std").GetDouble();
        float low = drawn.min().ToSingle(), high = drawn.max().ToSingle();
        if (deviation == 0)
        {
            (low, high).ShouldBe((0f, 0f));
            return;
        }

        long count = drawn.numel();
        drawn.dtype.ShouldBe(ScalarType.Float32);
        ((double)drawn.std().ToSingle()).ShouldBe(deviation, 0.03 * deviation);
        ((double)drawn.mean().ToSingle()).ShouldBe(0, 5 * deviation / Math.Sqrt(count));
        if (uniformBound is not { } bound) return;
        Math.Max(-low, high).ShouldBeLessThanOrEqualTo((float)bound * 1.000001f);
        ((double)low).ShouldBe(-bound, 0.01 * bound, "the range is filled");
        ((double)high).ShouldBe(bound, 0.01 * bound, "the range is filled");
    }
}
