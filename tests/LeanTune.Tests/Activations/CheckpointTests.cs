using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>The checkpoint primitive against plain autograd.</summary>
public sealed class CheckpointTests : IDisposable
{
    private static readonly SaveContext Context = new(new ActivationSite(0, ActivationRole.BlockInput), new SeededDraws(1));

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _first, _second;

    public CheckpointTests()
    {
        Generator generator = new(3);
        _first = (0.3 * randn(12, 20, generator: generator)).requires_grad_();
        _second = (0.3 * randn(20, 12, generator: generator)).requires_grad_();
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Gradients_of_inputs_and_parameters_equal_plain_autograd()
    {
        Tensor x = Random(40, 12, 1), scale = Random(1, 12, 2), index = randint(0, 40, [40], generator: new Generator(4)), flag = index.gt(19).unsqueeze(1);
        Tensor Segment(IReadOnlyList<Tensor> inputs) =>
            Mlp((inputs[0] * inputs[1]).index_select(0, inputs[2])).masked_fill(inputs[3], 0.5) + inputs[0];
        Tensor[] plain = Gradients(() => Segment([x, scale, index, flag]), x, scale, _first, _second);
        Tensor[] checkpointed = Gradients(
            () => Checkpoint.Run(Segment, [x, scale, index, flag], [new Exact(), null, null, null], [Context]), x, scale, _first, _second);
        ShouldEqual(checkpointed, plain, 1e-6);
    }

    [Fact]
    public void Parameters_get_gradients_when_no_input_asks_for_one()
    {
        Tensor x = randn(40, 12, generator: new Generator(1));
        Tensor[] plain = Gradients(() => Mlp(x), _first, _second);
        ShouldEqual(Gradients(() => Run(x), _first, _second), plain, 1e-6);
        x.grad.ShouldBeNull();
    }

    [Fact]
    public void A_segment_without_anything_to_train_is_no_error()
    {
        Tensor x = randn(4, 12, generator: new Generator(1));
        using Tensor output = Checkpoint.Run(inputs => inputs[0] * 2, [x], [new Exact()], [Context]);
        using Tensor loss = output.sum();
        Autograd.Backward(loss);
        x.grad.ShouldBeNull();
    }

    [Fact]
    public void Nested_segments_equal_plain_autograd_and_are_computed_once_more_a_level()
    {
        Tensor x = Random(40, 12, 1);
        int outer = 0, inner = 0;
        Tensor Inner(Tensor input) => Checkpoint.Run(
            inputs =>
            {
                inner++;
                return Mlp(inputs[0]);
            },
            [input], [new Exact()], [Context]);
        Tensor Outer() => Checkpoint.Run(
            inputs =>
            {
                outer++;
                return Inner(Inner(inputs[0])) + inputs[0];
            },
            [x], [new Exact()], [Context]);
        Tensor[] plain = Gradients(() => Mlp(Mlp(x)) + x, x, _first, _second);
        ShouldEqual(Gradients(Outer, x, _first, _second), plain, 1e-6);
        outer.ShouldBe(2);
        inner.ShouldBe(6);
    }

    [Fact]
    public void Only_floating_inputs_meet_their_codec()
    {
        ObservedCodec codec = new(new Exact());
        Tensor table = Random(9, 12, 1), index = randint(0, 9, [30], generator: new Generator(2));
        Tensor[] plain = Gradients(() => Mlp(table.index_select(0, index)), table);
        Tensor[] checkpointed = Gradients(
            () => Checkpoint.Run(inputs => Mlp(inputs[1].index_select(0, inputs[0])), [index, table], [codec, codec], [Context, Context]), table);
        ShouldEqual(checkpointed, plain, 1e-6);
        codec.Saves.Count.ShouldBe(1);
    }

    [Fact]
    public void Inputs_without_a_codec_are_shared_and_not_counted()
    {
        Tensor x = Random(40, 12, 1), whole = randn(40, 500, generator: new Generator(2)), scalar = tensor(3f);
        SavedBytes saved = new();
        long bytes = 0;
        Tensor Segment(IReadOnlyList<Tensor> inputs)
        {
            bytes = TensorStorage.Bytes(inputs[1]);
            return inputs[0] * inputs[1] * inputs[2];
        }

        Tensor output = Checkpoint.Run(Segment, [x, whole.narrow(1, 7, 12), scalar], [new Exact(), null, null], [Context], saved);
        saved.Total.ShouldBe(4 * 40 * 12);
        bytes = 0;
        Autograd.Backward(output.sum());
        bytes.ShouldBe(4 * 40 * 500, "a view of the same memory");
        Errors.Relative(x.grad!, whole.narrow(1, 7, 12) * 3).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void At_full_rank_compression_changes_nothing()
    {
        Tensor x = Random(40, 12, 1);
        Tensor[] plain = Gradients(() => Mlp(x), x, _first, _second);
        LowRank codec = new(RankRule.Absolute(12)) { EvenIfLarger = true };
        ShouldEqual(Gradients(() => Run(x, codec), x, _first, _second), plain, 1e-5);
    }

    [Fact]
    public void Defect8_without_a_graph_nothing_is_kept_and_no_codec_asked()
    {
        ObservedCodec codec = new(new Exact());
        SavedBytes saved = new();
        Tensor x = Random(40, 12, 1);
        using (no_grad())
        {
            Tensor output = Run(x, codec, saved);
            output.requires_grad.ShouldBeFalse();
            output.IsSameAs(Mlp(x)).ShouldBeTrue();
        }

        codec.Saves.ShouldBeEmpty();
        saved.Peak.ShouldBe(0);
    }

    [Fact]
    public void Kept_bytes_are_counted_until_the_backward_pass()
    {
        SavedBytes saved = new();
        Tensor x = Random(400, 12, 1);
        Tensor output = Run(x, new LowRank(RankRule.Absolute(2)), saved), loss = output.sum();
        saved.Report().ShouldBe([new SavedBytesEntry(0, SavedBytes.Factors, 4 * 2 * (400 + 12))]);
        Autograd.Backward(loss);
        saved.Total.ShouldBe(0);
    }

    [Fact]
    public void A_graph_that_is_dropped_lets_go_of_what_it_kept()
    {
        SavedBytes saved = new();
        Tensor output = Run(Random(400, 12, 1), new Exact(), saved);
        saved.Total.ShouldBe(4 * 400 * 12);
        output.Dispose();
        saved.Total.ShouldBe(0);
    }

    [Fact]
    public void Numbers_of_inputs_and_codecs_must_agree() =>
        Should.Throw<ArgumentException>(() => Checkpoint.Run(inputs => inputs[0], [_first, _second], [new Exact()], [Context])).Message.ShouldContain("2 inputs but 1 codecs");

    internal static Tensor Random(int rows, int columns, ulong seed) => randn(rows, columns, generator: new Generator(seed)).requires_grad_();

    /// <summary>Gradients of a weighted sum of the output; leaves are left without gradients.</summary>
    internal static Tensor[] Gradients(Func<Tensor> forward, params Tensor[] leaves)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = forward();
        Tensor weights = randn(output.shape, generator: new Generator(99));
        Autograd.Backward((output * weights).sum());
        Tensor[] gradients = [.. leaves.Select(leaf => leaf.grad!.clone().MoveToOuterDisposeScope())];
        foreach (Tensor leaf in leaves) leaf.grad = null;
        return gradients;
    }

    internal static void ShouldEqual(Tensor[] actual, Tensor[] expected, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++) Errors.Relative(actual[i], expected[i]).ShouldBeLessThan(tolerance, $"tensor {i}");
    }

    private Tensor Mlp(Tensor x) => x.matmul(_first).tanh().matmul(_second);

    private Tensor Run(Tensor x, IActivationCodec? codec = null, SavedBytes? saved = null) =>
        Checkpoint.Run(inputs => Mlp(inputs[0]), [x], [codec ?? new Exact()], [Context], saved);
}
