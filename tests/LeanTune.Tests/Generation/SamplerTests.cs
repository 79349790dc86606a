using LeanTune.Generation;
using static TorchSharp.torch;

namespace LeanTune.Tests.Generation;

/// <summary>Which tokens are drawn, and how often.</summary>
public class SamplerTests
{
    private static readonly double[] Probabilities = [0.15, 0.5, 0.05, 0.3];

    [Fact]
    public void At_temperature_0_the_likeliest_token_is_taken() =>
        Counts(new SamplingOptions { Temperature = 0, TopP = 1 }, 50).ShouldBe([0, 50, 0, 0]);

    [Theory]
    [InlineData(1e-30)]
    [InlineData(double.Epsilon)]
    public void Near_temperature_0_too(double temperature) =>
        Counts(new SamplingOptions { Temperature = temperature, TopP = 1 }, 50).ShouldBe([0, 50, 0, 0]);

    [Theory]
    [InlineData(0.01, new[] { 1 })]
    [InlineData(0.45, new[] { 1 })]
    [InlineData(0.55, new[] { 1, 3 })]
    [InlineData(0.75, new[] { 1, 3 })]
    [InlineData(0.85, new[] { 1, 3, 0 })]
    [InlineData(0.97, new[] { 1, 3, 0, 2 })]
    [InlineData(1.0, new[] { 1, 3, 0, 2 })]
    public void The_nucleus_is_the_smallest_set_that_holds_the_share(double topP, int[] nucleus)
    {
        const int draws = 4000;
        int[] counts = Counts(new SamplingOptions { Temperature = 1, TopP = topP, Seed = 5 }, draws);
        double share = nucleus.Sum(token => Probabilities[token]);
        for (int token = 0; token < counts.Length; token++)
        {
            double expected = nucleus.Contains(token) ? Probabilities[token] / share : 0;
            // Five standard deviations: once in a million, and the seed is fixed.
            double bound = 5 * Math.Sqrt(draws * expected * (1 - expected));
            ((double)counts[token]).ShouldBe(draws * expected, bound + 1e-9, $"token {token}");
        }
    }

    [Fact]
    public void The_temperature_sharpens_as_softmax_does()
    {
        const int draws = 4000;
        int[] counts = Counts(new SamplingOptions { Temperature = 0.5, TopP = 1, Seed = 6 }, draws);
        double total = Probabilities.Sum(p => p * p);
        for (int token = 0; token < counts.Length; token++)
        {
            double expected = Probabilities[token] * Probabilities[token] / total;
            ((double)counts[token]).ShouldBe(draws * expected, (5 * Math.Sqrt(draws * expected * (1 - expected))) + 1e-9);
        }
    }

    [Fact]
    public void A_seed_gives_its_own_sequence_again()
    {
        int[] Draw(ulong seed)
        {
            Sampler sampler = new(new SamplingOptions { Temperature = 1, TopP = 1, Seed = seed });
            using Tensor logits = Logits();
            return [.. Enumerable.Range(0, 40).Select(_ => sampler.Next(logits))];
        }

        Draw(1).ShouldBe(Draw(1));
        Draw(1).ShouldNotBe(Draw(2));
        Draw(1).Distinct().Count().ShouldBeGreaterThan(2); // each draw is a new one
    }

    private static int[] Counts(SamplingOptions options, int draws)
    {
        Sampler sampler = new(options);
        using Tensor logits = Logits();
        int[] counts = new int[Probabilities.Length];
        for (int i = 0; i < draws; i++) counts[sampler.Next(logits)]++;
        return counts;
    }

    private static Tensor Logits() => tensor(Probabilities.Select(p => (float)(Math.Log(p) + 3)).ToArray());
}
