using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>What is told of a codec is what its activations come back as, and the codec itself is as it was.</summary>
public class MeasuredCodecTests
{
    private const int Tokens = 1500; // more than are compared at once
    private const int Features = 48;

    public static TheoryData<string> Codecs => ["low_rank", "chain", "alone", "exact"];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Lost_energy_is_that_of_what_comes_back(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        IActivationCodec codec = name switch
        {
            "low_rank" => new LowRank(RankRule.Parse("6")), "chain" => new ResidualChain(2), "alone" => new ResidualChain(2, chained: false), _ => new Exact(),
        };
        Tensor[] stream = [.. Streams.Residual(blocks: 4, tokens: Tokens, features: Features).Select(value => value.to(ScalarType.BFloat16))];
        Tensor mask = ones(Tokens, ScalarType.Bool);
        mask.narrow(0, Tokens - 200, 150).fill_(false);
        foreach (Tensor value in stream) value.narrow(0, Tokens - 200, 150).fill_(1e4); // padding: of no account
        List<SavedFidelity> told = [];
        double[] measured = Lost(new MeasuredCodec(codec, told.Add), stream, mask), plain = Lost(codec, stream, mask);

        measured.ShouldBe(plain); // nothing is changed
        told.Select(saved => saved.Site.Block).ShouldBe([0, 1, 2, 3]);
        for (int block = 0; block < 4; block++) told[block].LostEnergy.ShouldBe(plain[block], (1e-3 * plain[block]) + 1e-5, $"block {block}"); // restored in bf16
        int?[] ranks = [.. told.Select(saved => saved.Rank)];
        if (name == "low_rank") ranks.ShouldBe([6, 6, 6, 6]);
        else if (name == "chain") ranks.Skip(1).ShouldAllBe(rank => rank >= 0);
        else if (name == "exact") (ranks.All(rank => rank is null), told.All(saved => saved.LostEnergy == 0)).ShouldBe((true, true));
        if (name != "exact") told[^1].LostEnergy.ShouldBeGreaterThan(1e-4);
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_told_as_such()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor value = randn([20, 8], generator: new Generator(1));
        value[3, 3] = float.NaN;
        List<SavedFidelity> told = [];
        using SavedActivation saved = new MeasuredCodec(new ResidualChain(2, chained: false), told.Add).Save(value, ChainSteps.At(0, chain: null));
        double.IsNaN(told.Single().LostEnergy).ShouldBeTrue();
    }

    /// <summary>Lost shares of energy over the real rows, found by restoring all of them from the last to the first.</summary>
    private static double[] Lost(IActivationCodec codec, Tensor[] stream, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChainState chain = new();
        SavedActivation[] saved = ChainSteps.SaveAll(codec, stream, chain, mask);
        double[] lost = new double[stream.Length];
        for (int block = stream.Length - 1; block >= 0; block--)
        {
            using (Tensor restored = saved[block].Restore())
            {
                Tensor real = stream[block].to(ScalarType.Float64)[mask], back = restored.to(ScalarType.Float64)[mask]; // (real rows, n)
                lost[block] = (real - back).square().sum().item<double>() / real.square().sum().item<double>();
            }

            saved[block].Dispose();
        }

        return lost;
    }
}
