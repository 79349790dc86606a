using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Optimization;
using LeanTune.Tests.Linalg;
using LeanTune.Tests.Models;
using LeanTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Training;

/// <summary>Examples packed into rows teach what each teaches by itself: the same loss, the same gradients.</summary>
public sealed class PackedStepTests
{
    // Longer than the windows of mistral (8) and qwen2 (6), of a single token, and equally long ones; the second row is full, the last is mostly padding.
    private static readonly int[][] s_rows = [[11, 9, 1, 3], [12, 12], [2, 5, 5, 4, 7], [6]];

    public static TheoryData<string, ActivationMode, int> Ways
    {
        get
        {
            TheoryData<string, ActivationMode, int> ways = [];
            // Grouped queries, windows, biases, normalised heads, blocks without rotation.
            foreach (string family in new[] { "llama", "llama_linear", "mistral", "qwen2", "qwen3", "smollm3" })
            {
                ways.Add(family, ActivationMode.None, 1);
                ways.Add(family, ActivationMode.Ops, 1);
                ways.Add(family, ActivationMode.Layer, 1);
                ways.Add(family, ActivationMode.Layer, 2);
                ways.Add(family, ActivationMode.Sublayer, 1);
            }

            return ways;
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public void Loss_and_gradients_are_those_of_each_example_alone(string family, ActivationMode mode, int shared)
    {
        using DisposeScope scope = NewDisposeScope();
        using FamilyGolden golden = new(family);
        using FlatParameters parameters = golden.AttachAdapter();
        using Batch packed = Pack(golden.Model.Config.Vocabulary, seed: 5, out TokenizedExample[] examples);
        int blocks = golden.Model.Config.Blocks;
        (double expectedLoss, Tensor expected) = (0, zeros_like(parameters.Gradients));
        StepRunner plain = new(golden.Model, ActivationPlan.Uniform(blocks, ActivationMode.None, new Exact()), seed: 1);
        foreach (TokenizedExample example in examples.Where(example => example.Supervised.Contains(true)))
        {
            using Batch alone = Batch.From([example], padId: 0);
            (double loss, Tensor gradient) = Step(plain, parameters, alone, packed.SupervisedTokens);
            expectedLoss += loss;
            expected.add_(gradient);
        }

        // Chained exact codes as well: what a chain hands from block to block is laid out by rows.
        foreach (long tileBytes in new[] { ForwardPass.DefaultTileBytes, 20_000, 1 })
        {
            StepRunner runner = new(golden.Model, ActivationPlan.Uniform(blocks, mode, new Exact(), shared), seed: 1, tileBytes);
            (double loss, Tensor gradient) = Step(runner, parameters, packed, packed.SupervisedTokens);
            loss.ShouldBe(expectedLoss, 2e-6 * expectedLoss, $"tiles of {tileBytes}");
            Errors.Relative(gradient, expected).ShouldBeLessThan(3e-6, $"tiles of {tileBytes}");
            runner.Evaluate(packed).ShouldBe(expectedLoss * packed.SupervisedTokens, 2e-6 * expectedLoss * packed.SupervisedTokens);
            runner.Saved.Total.ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    [InlineData(ActivationMode.Ops)]
    public void What_a_chain_loses_is_no_more_than_in_rows_of_one_example(ActivationMode mode)
    {
        using DisposeScope scope = NewDisposeScope();
        using FamilyGolden golden = new("llama");
        using FlatParameters parameters = golden.AttachAdapter();
        int blocks = golden.Model.Config.Blocks;
        using Batch packed = Pack(golden.Model.Config.Vocabulary, seed: 5, out TokenizedExample[] examples), single = Batch.From(examples, padId: 0);
        Tensor Gradient(Batch batch, IActivationCodec codec, ActivationMode how, long tileBytes = ForwardPass.DefaultTileBytes) =>
            Step(new StepRunner(golden.Model, ActivationPlan.Uniform(blocks, how, codec), seed: 1, tileBytes), parameters, batch, packed.SupervisedTokens).Gradient;

        Tensor exact = Gradient(single, new Exact(), ActivationMode.None);
        double lostAlone = Errors.Relative(Gradient(single, new ResidualChain(2), mode), exact);
        Tensor coded = Gradient(packed, new ResidualChain(2), mode);
        Errors.Relative(coded, exact).ShouldBeInRange(1e-4, (1.5 * lostAlone) + 0.02);
        Errors.Relative(Gradient(packed, new ResidualChain(2), mode, tileBytes: 1), coded).ShouldBeLessThan((0.1 * lostAlone) + 1e-5);
    }

    [Fact]
    public void No_example_sees_another_nor_the_padding()
    {
        using FamilyGolden golden = new("llama");
        int blocks = golden.Model.Config.Blocks, vocabulary = golden.Model.Config.Vocabulary;
        StepRunner runner = new(golden.Model, ActivationPlan.Uniform(blocks, ActivationMode.None, new Exact()), seed: 1);
        TokenizedExample watched = Example(new Random(1), 9, vocabulary);
        double Loss(int seed, int padId)
        {
            // Targets in the middle example alone.
            Random random = new(seed);
            TokenizedExample Quiet(int length) => Example(random, length, vocabulary) with { Supervised = new bool[length] };
            using Batch batch = Batch.Pack([[Quiet(7), watched, Quiet(6)], [Quiet(30)]], padId);
            return runner.Evaluate(batch);
        }

        double loss = Loss(2, 0);
        Loss(3, 0).ShouldBe(loss);
        Loss(2, 7).ShouldBe(loss);
    }

    [Fact]
    public void In_bf16_packing_adds_no_error_of_its_own()
    {
        using DisposeScope scope = NewDisposeScope();
        using FamilyGolden golden = new("llama", ScalarType.BFloat16);
        using FlatParameters parameters = golden.AttachAdapter();
        using Batch packed = Pack(golden.Model.Config.Vocabulary, seed: 5, out TokenizedExample[] examples), single = Batch.From(examples, padId: 0);
        StepRunner runner = new(golden.Model, ActivationPlan.Uniform(golden.Model.Config.Blocks, ActivationMode.Layer, new Exact()), seed: 1);
        (double loss, Tensor gradient) = Step(runner, parameters, packed, packed.SupervisedTokens);
        (double expectedLoss, Tensor expected) = Step(runner, parameters, single, packed.SupervisedTokens);
        loss.ShouldBe(expectedLoss, 0.01 * expectedLoss);
        Errors.Relative(gradient, expected).ShouldBeLessThan(0.02);
    }

    [Fact]
    public void Samples_that_do_not_fit_are_refused()
    {
        using FamilyGolden golden = new("llama");
        using Tensor ids = zeros(2, 8, ScalarType.Int64), seen = ones(2, 8, ScalarType.Bool);
        void Refused(IReadOnlyList<IReadOnlyList<int>> samples, Tensor? attended = null) =>
            Should.Throw<ArgumentException>(() => new ForwardPass(golden.Model.Config, ids, ScalarType.Float32, attended, samples: samples));
        Refused([[8]]);
        Refused([[8], [5, 4]]);
        Refused([[8], [0, 4]]);
        Refused([[8], [4, 4]], seen);
    }

    private static (double Loss, Tensor Gradient) Step(StepRunner runner, FlatParameters parameters, Batch batch, long supervised)
    {
        parameters.ZeroGradients();
        double loss = runner.Train(batch, 1.0 / supervised, 0);
        return (loss, parameters.Gradients.clone());
    }

    private static Batch Pack(int vocabulary, int seed, out TokenizedExample[] examples)
    {
        Random random = new(seed);
        TokenizedExample[][] rows = [.. s_rows.Select(row => row.Select(length => Example(random, length, vocabulary)).ToArray())];
        examples = [.. rows.SelectMany(row => row)];
        return Batch.Pack(rows, padId: 0);
    }

    /// <summary>Every token is a target that may be one: also those at the very edges of examples.</summary>
    private static TokenizedExample Example(Random random, int length, int vocabulary) =>
        new([.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))], [.. Enumerable.Range(0, length).Select(t => t > 0)], "random", length);
}
