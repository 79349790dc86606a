using LeanTune.Activations;
using LeanTune.Activations.Functions;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Functions;

/// <summary>One kept tensor with several readers: how often it is kept, counted and rebuilt.</summary>
public sealed class SharedActivationTests : IDisposable
{
    private static readonly ActivationSite Site = new(4, ActivationRole.LinearInput);

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void It_is_counted_once_and_freed_with_the_last_handle()
    {
        SavedBytes ledger = new();
        Observed kept = new(randn(50, 8));
        SharedActivation first = SharedActivation.Own(kept, Site, ledger), second = first.Share(), third = second.Share();
        ledger.Report().ShouldBe([new SavedBytesEntry(4, SavedBytes.Exact, 1600)]);
        second.Dispose();
        second.Dispose();
        first.Dispose();
        (ledger.Total, kept.Disposed).ShouldBe((1600, 0));
        third.Restore().shape.ShouldBe([50, 8]);
        third.Dispose();
        (ledger.Total, kept.Disposed).ShouldBe((0, 1));
        Should.Throw<ObjectDisposedException>(() => third.Restore(0, 1));
        Should.Throw<ObjectDisposedException>(() => first.Share());
    }

    [Fact]
    public void Linears_with_one_input_rebuild_each_row_once()
    {
        Tensor x = randn(5000, 300).requires_grad_();
        Observed kept = new(x.detach());
        using (SharedActivation shared = SharedActivation.Own(kept, Site))
        {
            Tensor[] outputs = CompressedLinear.Apply(x, [(Weight(4), null), (Weight(7), null), (Weight(5), null)], shared);
            Autograd.Backward(cat(outputs, 1).sum());
        }

        kept.RestoredRows.ShouldBe(5000);
        kept.MostRows.ShouldBeLessThan(2500); // never dense as a whole
        kept.Disposed.ShouldBe(1);
    }

    [Fact]
    public void An_output_that_nothing_depends_on_costs_its_layer_nothing()
    {
        Tensor x = randn(20, 8).requires_grad_(), first = Weight(4, 8), second = Weight(5, 8);
        using SharedActivation shared = SharedActivation.Own(new Observed(x.detach()), Site);
        Tensor[] outputs = CompressedLinear.Apply(x, [(first, null), (second, null)], shared);
        Autograd.Backward(outputs[1].sum());
        first.grad.ShouldBeNull();
        Errors.Relative(second.grad!, ones(5, 20).mm(x.detach())).ShouldBeLessThan(1e-6);
        Errors.Relative(x.grad!, ones(20, 5).mm(second.detach())).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void From_factors_the_weights_gradient_rebuilds_nothing()
    {
        Tensor left = randn(900, 6), right = randn(6, 40), x = randn(900, 40).requires_grad_(), weight = Weight(10, 40);
        Tensor output = CompressedLinear.Apply(x, weight, null, new ActivationSaver(new FactorsOnly(left, right), new SaveContext(Site, new SeededDraws(1))));
        Tensor gradient = randn(900, 10);
        Autograd.Backward(output, gradient);
        Errors.Relative(weight.grad!, gradient.t().mm(left.mm(right))).ShouldBeLessThan(1e-5);
        Errors.Relative(x.grad!, gradient.mm(weight.detach())).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Factors_of_a_norms_value_are_factors_of_its_output()
    {
        Tensor left = randn(900, 6), right = randn(6, 40), scale = randn(40), weight = Weight(10, 40), x = randn(900, 40);
        using SharedActivation output = AffineActivation.Of(SharedActivation.Own(new FactorsOnly.Kept(left, right), Site), scale, null);
        Tensor gradient = randn(900, 10);
        Autograd.Backward(CompressedLinear.Apply(x, [(weight, null)], output)[0], gradient);
        Errors.Relative(weight.grad!, gradient.t().mm(left.mm(right) * scale)).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void What_is_kept_must_have_the_inputs_shape()
    {
        using SharedActivation shared = SharedActivation.Own(new Observed(randn(20, 9)), Site);
        Should.Throw<ArgumentException>(() => CompressedLinear.Apply(randn(20, 8), [(Weight(4, 8), null)], shared)).Message.ShouldContain("(20, 9)");
    }

    [Fact]
    public void Rows_of_another_layout_come_back_in_order()
    {
        Tensor memory = randn(3, 4, 7, 5); // (B, H, T, D)
        Tensor expected = memory.transpose(1, 2).reshape(21, 20);
        using SharedActivation kept = SharedActivation.Own(new StridedActivation([memory.transpose(1, 2)], 0), Site); // (B, T, H, D)
        kept.Shape.ShouldBe([21, 20]);
        for (int first = 0; first < 21; first++)
            for (int rows = 0; rows <= 21 - first; rows++)
                kept.Restore(first, rows).IsSameAs(expected.narrow(0, first, rows)).ShouldBeTrue($"{first}, {rows}");
        Should.Throw<ArgumentOutOfRangeException>(() => kept.Restore(20, 2));
    }

    [Fact]
    public void Rows_of_pieces_come_back_in_order()
    {
        Tensor[] pieces = [randn(1, 4, 5, 5), randn(2, 4, 3, 5), randn(1, 4, 1, 5)]; // (b, H, t, D)
        Tensor expected = cat([.. pieces.Select(piece => piece.transpose(1, 2).reshape(-1, 20))]);
        using SharedActivation kept = SharedActivation.Own(new StridedActivation([.. pieces.Select(piece => piece.transpose(1, 2))], 0), Site);
        kept.Shape.ShouldBe([12, 20]);
        for (int first = 0; first < 12; first++)
            for (int rows = 0; rows <= 12 - first; rows++)
                kept.Restore(first, rows).IsSameAs(expected.narrow(0, first, rows)).ShouldBeTrue($"{first}, {rows}");
    }

    [Fact]
    public void Rows_of_another_layout_are_copied_alone()
    {
        Tensor memory = randn(3, 4, 70, 5); // (B, H, T, D)
        using SharedActivation kept = SharedActivation.Own(new StridedActivation([memory.transpose(1, 2)], 0), Site); // (B, T, H, D)
        foreach ((long first, long rows) in new[] { (10L, 3L), (68, 4), (60, 100), (0, 140), (139, 71) })
            TensorStorage.Bytes(kept.Restore(first, rows)).ShouldBe(rows * 20 * 4, $"{first}, {rows}: not the rest of their sequences");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Factors_over_real_rows_alone_rebuild_nothing_either(bool normed)
    {
        Tensor x = randn(90, 40, generator: new Generator(1)), mask = ones(90, ScalarType.Bool), scale = randn(40, generator: new Generator(3)), weight = Weight(10, 40);
        mask.narrow(0, 20, 10).fill_(false);
        mask.narrow(0, 85, 5).fill_(false);
        SaveContext context = new(Site, new SeededDraws(1), mask);
        using SavedActivation low = new LeanTune.Activations.Codecs.LowRank(LeanTune.Activations.Codecs.RankRule.Absolute(6)).Save(x, context);
        SharedActivation shared = SharedActivation.Own(new FactorsOnly.Wrapped(low), Site);
        using SharedActivation kept = normed ? AffineActivation.Of(shared, scale, null) : shared;
        Tensor gradient = randn(90, 10, generator: new Generator(2)); // of padding rows too
        Autograd.Backward(CompressedLinear.Apply(x, [(weight, null)], kept)[0], gradient);
        Errors.Relative(weight.grad!, gradient.t().mm(normed ? low.Restore() * scale : low.Restore())).ShouldBeLessThan(1e-5);
    }

    private static Tensor Weight(long outputs, long width = 300) => randn(outputs, width).requires_grad_();

    /// <summary>Keeps a copy and counts what is asked of it.</summary>
    private sealed class Observed(Tensor activation) : SavedActivation
    {
        private readonly Tensor _kept = activation.clone();

        public long RestoredRows { get; private set; }

        public long MostRows { get; private set; }

        public int Disposed { get; private set; }

        public override long Bytes => _kept.NumberOfElements * _kept.ElementSize;

        public override string Kind => SavedBytes.Exact;

        public override IReadOnlyList<long> Shape => _kept.shape;

        public override Tensor Restore(long firstRow, long rows)
        {
            RestoredRows += rows;
            MostRows = Math.Max(MostRows, rows);
            return _kept.narrow(0, firstRow, rows);
        }

        protected override void Dispose(bool disposing) => Disposed++;
    }
}
