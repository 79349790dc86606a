using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Models;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>A tiny Llama without recomputation: exact with an exact codec, close with lossy ones, and what the ledger sees of it.</summary>
public sealed class OpsModeTests : IDisposable
{
    private readonly LoractLlama _llama = new();
    private readonly Tensor _ids;

    public OpsModeTests() => _ids = _llama.Ids("plain", 0);

    public void Dispose()
    {
        _ids.Dispose();
        _llama.Dispose();
    }

    [Fact]
    public void With_an_exact_codec_loss_and_gradient_are_exact()
    {
        SavedBytes saved = new();
        Step(new Exact(), saved).ShouldBe(LoractLlama.Losses("plain")[0], 3e-5);
        _llama.GradientError("exact").All.ShouldBeLessThan(1e-5);
        _llama.GradientError("exact").Worst.ShouldBeLessThan(5e-5);
        saved.Total.ShouldBe(0);
    }

    [Fact]
    public void The_loss_is_exact_whatever_is_kept() =>
        Step(new LowRank(RankRule.Absolute(1))).ShouldBe(LoractLlama.Losses("plain")[0], 3e-5);

    [Theory]
    [InlineData("eight bits", 0.015)]
    [InlineData("four bits", 0.15)]
    [InlineData("rank 48", 0.4)]
    public void Lossy_codecs_come_close(string name, double tolerance)
    {
        IActivationCodec codec = name switch
        {
            "eight bits" => new EightBit(),
            "four bits" => new ResidualChain(4),
            _ => new LowRank(RankRule.Absolute(48)) { EvenIfLarger = true },
        };
        Step(codec);
        double error = _llama.GradientError("exact").All;
        error.ShouldBeLessThan(tolerance);
        error.ShouldBeGreaterThan(1e-4); // it is lossy
    }

    [Theory]
    [InlineData("exact", 0.03)]
    [InlineData("eight bits", 0.03)]
    public void In_bf16_it_comes_close(string name, double tolerance)
    {
        using LoractLlama llama = new(type: ScalarType.BFloat16);
        SavedBytes saved = new();
        ActivationPlan plan = ActivationPlan.Uniform(llama.Model.Config.Blocks, ActivationMode.Ops, name == "exact" ? new Exact() : new EightBit());
        llama.Step(_ids, plan, settings => settings with { Saved = saved }).ShouldBe(LoractLlama.Losses("plain")[0], 0.02);
        llama.GradientError("exact").All.ShouldBeLessThan(tolerance);
        saved.Total.ShouldBe(0);
    }

    [Fact]
    public void At_full_rank_only_the_eight_bits_within_the_mlp_lose_anything()
    {
        Step(new LowRank(RankRule.Absolute(64)) { EvenIfLarger = true });
        _llama.GradientError("exact").All.ShouldBeLessThan(0.01);
    }

    [Fact]
    public void Each_norm_is_kept_once_and_gate_and_up_in_eight_bits()
    {
        SavedBytes saved = new();
        IReadOnlyList<SavedBytesEntry> report = [];
        ObservedCodec codec = new(new LowRank(RankRule.Absolute(8)), _ => report = report.Count == 0 ? saved.Report() : report);
        Step(codec, saved);
        codec.Saves.ShouldBe(from block in Enumerable.Range(0, 3) from half in Enumerable.Range(0, 2) select new ActivationSite(block, ActivationRole.Normalized, half));
        DecoderConfig config = _llama.Model.Config;
        (long n, long f, long groups) = (_ids.NumberOfElements, config.FeedForward, EightBitGroups.Count(config.FeedForward));
        long attention = n * ((2 * (config.Heads + config.KeyValueHeads) * config.HeadWidth) + config.Heads); // query, key, value, output, log-sum-exp
        long hidden = n * _llama.Model.Linears.Take(7).Sum(linear => linear.Branch!.Down.shape[0]); // A(x)
        report.Where(entry => entry.Block == 1).ShouldBe(
        [
            new SavedBytesEntry(1, SavedBytes.Exact, 4 * (attention + hidden)),
            new SavedBytesEntry(1, SavedBytes.Factors, 4 * 2 * 8 * (n + config.Width)),
            new SavedBytesEntry(1, SavedBytes.EightBit, 2 * n * (f + (4 * groups))),
            new SavedBytesEntry(1, SavedBytes.Statistics, 4 * 2 * n),
        ]);
        report.Single(entry => entry is { Block: 0, Kind: SavedBytes.Statistics }).Bytes.ShouldBe(4 * n); // embeddings ask for no gradient
    }

    [Fact]
    public void A_chained_codec_codes_each_value_alone()
    {
        ObservedCodec codec = new(new ResidualChain(3));
        Step(codec); // the pass has no chain: one that is asked for would fail
        codec.Saves.Count.ShouldBe(6);
    }

    private double Step(IActivationCodec codec, SavedBytes? saved = null) =>
        _llama.Step(_ids, ActivationPlan.Uniform(_llama.Model.Config.Blocks, ActivationMode.Ops, codec), settings => settings with { Saved = saved });
}
