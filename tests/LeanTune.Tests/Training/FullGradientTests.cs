using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Training;

/// <summary>Every weight's gradient, when all are trained, against a plain llama in fp64.</summary>
public class FullGradientTests
{
    [Theory]
    [InlineData(ActivationMode.None, true)]
    [InlineData(ActivationMode.None, false)]
    [InlineData(ActivationMode.Ops, true)]
    [InlineData(ActivationMode.Ops, false)]
    [InlineData(ActivationMode.Layer, true)]
    [InlineData(ActivationMode.Layer, false)]
    [InlineData(ActivationMode.Sublayer, true)]
    [InlineData(ActivationMode.Sublayer, false)]
    public void Every_weight_has_the_plain_models_gradient(ActivationMode mode, bool tied)
    {
        using DisposeScope scope = NewDisposeScope();
        DecoderConfig config = TinyModel.Config(tied, bias: true) with { Vocabulary = 50 };
        Decoder start = DecoderLoader.Random(config, seed: 11);
        using (Generator draws = new Generator(seed: 12, CPU))
        using (no_grad())
            foreach (Tensor weight in start.Weights.Values)
                if (weight.dim() == 1) weight.add_(randn(weight.shape, ScalarType.Float32, generator: draws) * 0.3); // norms and biases that matter
        Dictionary<string, Tensor> plainWeights = start.Weights.ToDictionary(entry => entry.Key, entry => entry.Value.to(ScalarType.Float64).requires_grad_());
        using Batch batch = Examples(); // two micro-batches' worth, with padding
        Tensor plainLoss = new PlainLlama(config, plainWeights).Loss(batch.InputIds, batch.Labels) / batch.SupervisedTokens;
        plainLoss.backward();

        using Trainables trainables = Trainables.Full(start);
        StepRunner runner = new(trainables.Model, ActivationPlan.Uniform(config.Blocks, mode, new Exact()), seed: 1);
        double loss = runner.Train(batch, 1.0 / batch.SupervisedTokens, 0);
        loss.ShouldBe(plainLoss.item<double>(), 1e-6);
        foreach ((string name, Tensor plain) in plainWeights)
        {
            Tensor expected = plain.grad!, gradient = trainables.Parameters.ByName[name].grad!.to(ScalarType.Float64);
            double scale = expected.abs().max().item<double>();
            scale.ShouldBeGreaterThan(1e-7, name);
            // A key's bias moves all scores of a query alike: its gradient is rounding alone where rotation does not tell positions apart.
            ((gradient - expected).abs().max().item<double>() / Math.Max(scale, 1e-4)).ShouldBeLessThan(2e-5, name);
        }

        trainables.Parameters.ByName.Count.ShouldBe(plainWeights.Count);
        trainables.Parameters.Length.ShouldBe(config.Parameters);
        runner.Saved.Total.ShouldBe(0);
    }

    [Fact]
    public void Micro_batches_add_up()
    {
        using DisposeScope scope = NewDisposeScope();
        DecoderConfig config = TinyModel.Config() with { Vocabulary = 50 };
        using Trainables trainables = Trainables.Full(DecoderLoader.Random(config, seed: 11));
        StepRunner runner = new(trainables.Model, ActivationPlan.Uniform(config.Blocks, ActivationMode.Layer, new Exact()), seed: 1);
        using Batch batch = Examples();
        runner.Train(batch, 0.25, 0);
        Tensor once = trainables.Parameters.Gradients.clone();
        runner.Train(batch, 0.5, 1);
        (trainables.Parameters.Gradients - (once * 3)).abs().max().item<float>().ShouldBeLessThan(1e-5f * once.abs().max().item<float>());
    }

    private static Batch Examples()
    {
        Random draws = new(5);
        TokenizedExample Example(int length, int supervisedFrom) => new(
            [.. Enumerable.Range(0, length).Select(_ => draws.Next(50))], [.. Enumerable.Range(0, length).Select(t => t >= supervisedFrom)], "test", 1);
        return Batch.From([Example(9, 3), Example(4, 1), Example(7, 6)], padId: 0);
    }
}
