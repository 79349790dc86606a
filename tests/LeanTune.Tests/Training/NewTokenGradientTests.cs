using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Optimization;
using LeanTune.Tests.Adapters.Peft;
using LeanTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Training;

/// <summary>Trained rows of new tokens against a plain llama in fp64 whose whole tables are trained by torch's own autograd.</summary>
public class NewTokenGradientTests
{
    private const int Vocabulary = 50;

    private static readonly int[] s_tokens = [50, 51, 47]; // two beyond the table, one in a row to spare

    [Theory]
    [InlineData(ActivationMode.None, true)]
    [InlineData(ActivationMode.None, false)]
    [InlineData(ActivationMode.Ops, true)]
    [InlineData(ActivationMode.Ops, false)]
    [InlineData(ActivationMode.Layer, true)]
    [InlineData(ActivationMode.Layer, false)]
    [InlineData(ActivationMode.Sublayer, true)]
    [InlineData(ActivationMode.Sublayer, false)]
    public void Their_gradients_are_those_rows_of_the_dense_tables(ActivationMode mode, bool tied)
    {
        using DisposeScope scope = NewDisposeScope();
        using Trainables trainables = Make(tied);
        DecoderConfig config = trainables.Model.Config;
        // PEFT's way: the trained rows take the place of the table's.
        Dictionary<string, Tensor> plain = trainables.Model.Weights.ToDictionary(entry => entry.Key, entry => Replaced(trainables, entry.Key, entry.Value).requires_grad_());
        using Batch batch = Examples();
        Tensor plainLoss = new PlainLlama(config, plain).Loss(batch.InputIds, batch.Labels) / batch.SupervisedTokens;
        plainLoss.backward();

        StepRunner runner = new(trainables.Model, ActivationPlan.Uniform(config.Blocks, mode, new Exact()), seed: 1);
        double loss = runner.Train(batch, 1.0 / batch.SupervisedTokens, 0);
        loss.ShouldBe(plainLoss.item<double>(), 1e-6);
        runner.Evaluate(batch).ShouldBe(plainLoss.item<double>() * batch.SupervisedTokens, 1e-4);
        foreach (string module in TrainedTokens.Tables(config))
        {
            Tensor expected = plain[$"{module}.weight"].grad!.index_select(0, tensor(s_tokens.Select(id => (long)id).ToArray()));
            Tensor gradient = trainables.Parameters.ByName[TrainedTokens.Key(module)].grad!.to(ScalarType.Float64);
            expected.abs().amax([1]).min().item<double>().ShouldBeGreaterThan(1e-5, module); // every row has one
            ((gradient - expected).abs().max() / expected.abs().max()).item<double>().ShouldBeLessThan(2e-5, module);
        }

        runner.Saved.Total.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_their_rows_move(bool tied)
    {
        using DisposeScope scope = NewDisposeScope();
        using Trainables trainables = Make(tied);
        Dictionary<string, Tensor> before = trainables.Model.Weights.ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        StepRunner runner = new(trainables.Model, ActivationPlan.Uniform(trainables.Model.Config.Blocks, ActivationMode.Layer, new Exact()), seed: 1);
        using AdamW optimizer = new(trainables.Parameters, 0.9, 0.999, 1e-8, 0);
        using Batch batch = Examples();
        for (int step = 0; step < 3; step++)
        {
            trainables.Parameters.ZeroGradients();
            runner.Train(batch, 1.0 / batch.SupervisedTokens, step);
            optimizer.Step(1e-2);
        }

        runner.Evaluate(batch);
        string[] tables = [.. TrainedTokens.Tables(trainables.Model.Config).Select(module => $"{module}.weight")];
        foreach ((string name, Tensor weight) in trainables.Model.Weights)
        {
            long[] moved = weight.dim() == 2 ? weight.ne(before[name]).any(1).nonzero().view(-1).data<long>().ToArray() : AdapterFixtures.Same(weight, before[name]) ? [] : [-1];
            moved.ShouldBe(tables.Contains(name) ? [.. s_tokens.Select(id => (long)id).Order()] : Array.Empty<long>(), name);
        }
    }

    // The table is in bf16; the rows are trained in fp32: what is too small to show in the table is not lost.
    [Fact]
    public void In_bf16_the_table_holds_the_rounded_rows()
    {
        using DisposeScope scope = NewDisposeScope();
        using Trainables trainables = Make(tied: true, ScalarType.BFloat16);
        Tensor rows = trainables.Parameters.ByName[TrainedTokens.Key("model.embed_tokens")];
        using (no_grad()) rows.add_(1e-5);
        using Batch batch = Examples();
        StepRunner runner = new(trainables.Model, ActivationPlan.Uniform(trainables.Model.Config.Blocks, ActivationMode.Layer, new Exact()), seed: 1);
        double.IsFinite(runner.Train(batch, 1, 0)).ShouldBeTrue();
        Tensor table = trainables.Model.Embedding.index_select(0, tensor(s_tokens.Select(id => (long)id).ToArray()));
        table.dtype.ShouldBe(ScalarType.BFloat16);
        AdapterFixtures.Same(table, rows.to(ScalarType.BFloat16)).ShouldBeTrue();
        rows.dtype.ShouldBe(ScalarType.Float32);
        rows.grad!.abs().amax([1]).min().item<float>().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void New_rows_start_at_the_mean_of_the_known_ones()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            Tensor table = randn(9000, 6).to(type);
            Tensor before = table.clone(), mean = before.narrow(0, 0, 8990).to(ScalarType.Float64).mean([0]).to(type);
            using Tensor grown = new VocabularyGrowth(8990, [8990, 8991, 9000, 9002], 9003).Grow(table);
            grown.shape.ShouldBe([9003, 6]);
            grown.dtype.ShouldBe(type);
            AdapterFixtures.Same(grown.narrow(0, 0, 8990), before.narrow(0, 0, 8990)).ShouldBeTrue();
            AdapterFixtures.Same(grown.narrow(0, 8992, 8), before.narrow(0, 8992, 8)).ShouldBeTrue(); // rows to spare that no new token takes
            foreach (int row in new[] { 8990, 8991, 9000, 9001, 9002 }) AdapterFixtures.Same(grown[row], mean).ShouldBeTrue();
        }

        Tensor roomy = randn(10, 4);
        Tensor kept = roomy.clone();
        using Tensor same = new VocabularyGrowth(8, [8], 10).Grow(roomy);
        same.Handle.ShouldBe(roomy.Handle);
        AdapterFixtures.Same(same[8], kept.narrow(0, 0, 8).to(ScalarType.Float64).mean([0]).to(ScalarType.Float32)).ShouldBeTrue();
        AdapterFixtures.Same(same[9], kept[9]).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_planned_for_is_what_is_trained(bool tied)
    {
        using Trainables trainables = Make(tied);
        RunPlanning.ShapeOf(new AdapterOptions { Rank = 4 }, trainables.Model.Config, s_tokens).Trained.ShouldBe(trainables.Parameters.Length);
    }

    private static Trainables Make(bool tied, ScalarType dtype = ScalarType.Float32)
    {
        DecoderConfig config = TinyModel.Config(tied) with { Vocabulary = Vocabulary + 2 };
        Decoder model = DecoderLoader.Random(config, seed: 11, dtype);
        Trainables trainables = Trainables.Lora(model, new AdapterOptions { Rank = 4 }, "tiny", seed: 3, _ => { }, s_tokens);
        using IDisposable quiet = no_grad();
        using Generator draws = new(seed: 12, CPU);
        foreach (string module in TrainedTokens.Tables(config)) // other than the table's own
            using (Tensor noise = randn([s_tokens.Length, config.Width], ScalarType.Float32, generator: draws)) trainables.Parameters.ByName[TrainedTokens.Key(module)].add_(noise.mul_(0.1));
        return trainables;
    }

    private static Tensor Replaced(Trainables trainables, string name, Tensor weight)
    {
        using IDisposable quiet = no_grad();
        Tensor wide = weight.to(ScalarType.Float64, copy: true);
        if (trainables.Parameters.ByName.TryGetValue(TrainedTokens.Key(name[..^".weight".Length]), out Tensor? rows))
            wide.index_copy_(0, tensor(s_tokens.Select(id => (long)id).ToArray()), rows.to(ScalarType.Float64));
        return wide;
    }

    /// <summary>Each new token is read, several times, and predicted.</summary>
    private static Batch Examples()
    {
        Random draws = new(5);
        TokenizedExample Example(int length, int supervisedFrom) => new(
            [.. Enumerable.Range(0, length).Select(t => t % 3 == 1 ? s_tokens[t / 3 % 3] : draws.Next(Vocabulary))], [.. Enumerable.Range(0, length).Select(t => t >= supervisedFrom)], "test", 1);
        return Batch.From([Example(12, 3), Example(5, 1), Example(10, 6)], padId: 0);
    }
}
