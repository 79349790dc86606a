using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Activations.Functions;
using LeanTune.Adapters;
using LeanTune.Native;
using LeanTune.Tests.Activations.Functions;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Adapters;

/// <summary>LoRA layers of one input with one kept copy of it, against the formula under plain autograd in float64.</summary>
public sealed class LoraLinearTests : IDisposable
{
    private const int Rows = 4000, Width = 300, Rank = 4; // several tiles of rows

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _input = Random([Rows, Width], 1);

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.3, false)]
    [InlineData(0, true)]
    public void Gradients_equal_those_of_the_formula(double dropout, bool narrow)
    {
        LoraLinear[] linears = Linears(dropout, narrow ? ScalarType.BFloat16 : ScalarType.Float32);
        using Tensor input = narrow ? _input.detach().to(bfloat16).requires_grad_() : _input.alias();
        DropoutMask? mask = dropout > 0 ? new DropoutMask(new SeededDraws(8)) : null;
        Tensor[] leaves = [narrow ? input : _input, .. Leaves(linears)];
        using (SharedActivation kept = Keep(input.detach(), new Exact())) Backward(LoraLinear.Forward(leaves[0], linears, mask, kept));
        Tensor[] expected = Expected(leaves, linears, mask, leaves[0].detach());
        for (int i = 0; i < leaves.Length; i++)
        {
            leaves[i].grad!.dtype.ShouldBe(leaves[i].dtype);
            Errors.Relative(leaves[i].grad!, expected[i]).ShouldBeLessThan(narrow ? 5e-3 : 2e-6, $"tensor {i}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void A_lossy_copy_changes_the_gradients_of_what_met_the_input_alone(double dropout)
    {
        LoraLinear[] linears = Linears(dropout, ScalarType.Float32);
        DropoutMask? mask = dropout > 0 ? new DropoutMask(new SeededDraws(8)) : null;
        Tensor[] leaves = [_input, .. Leaves(linears)];
        Tensor rebuilt;
        using (SharedActivation kept = Keep(_input.detach(), new LowRank(RankRule.Absolute(20))))
        {
            rebuilt = kept.Restore();
            Backward(LoraLinear.Forward(_input, linears, mask, kept));
        }

        Tensor[] exact = Expected(leaves, linears, mask, _input.detach()), lossy = Expected(leaves, linears, mask, rebuilt);
        int met = 0;
        for (int i = 0; i < leaves.Length; i++)
        {
            bool meets = i > 0 && leaves[i].dim() == 2 && leaves[i].shape[1] == Width; // A, and the trained weight
            if (meets) Errors.Relative(lossy[i], exact[i]).ShouldBeGreaterThan(0.1);
            Errors.Relative(leaves[i].grad!, meets ? lossy[i] : exact[i]).ShouldBeLessThan(1e-5, $"tensor {i}");
            met += meets ? 1 : 0;
        }

        met.ShouldBe(3);
    }

    [Fact]
    public void From_factors_nothing_is_rebuilt()
    {
        Tensor left = randn(Rows, 6), right = randn(6, Width);
        LoraLinear[] linears = Linears(0, ScalarType.Float32);
        using (SharedActivation kept = Keep(_input.detach(), new FactorsOnly(left, right))) Backward(LoraLinear.Forward(_input, linears, null, kept));
        Tensor[] leaves = [_input, .. Leaves(linears)], expected = Expected(leaves, linears, null, left.mm(right));
        Errors.Relative(linears[0].Branch!.Down.grad!, expected[1]).ShouldBeLessThan(1e-5);
        Errors.Relative(linears[2].Weight.grad!, expected[5]).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void Hidden_values_are_counted_until_the_backward_pass()
    {
        SavedBytes saved = new();
        Tensor[] outputs;
        using (SharedActivation kept = Keep(_input.detach(), new EightBit(), saved)) outputs = LoraLinear.Forward(_input, Linears(0, ScalarType.Float32), null, kept);
        saved.OfKind(SavedBytes.Exact).ShouldBe(2 * Rows * Rank * 4);
        saved.OfKind(SavedBytes.EightBit).ShouldBe(Rows * (Width + (3 * 4)));
        Backward(outputs);
        saved.Total.ShouldBe(0);
    }

    [Fact]
    public void Without_a_graph_nothing_is_kept()
    {
        SavedBytes saved = new();
        using IDisposable quiet = no_grad();
        using (SharedActivation kept = Keep(_input, new EightBit(), saved)) LoraLinear.Forward(_input, Linears(0, ScalarType.Float32), null, kept);
        saved.Total.ShouldBe(0);
    }

    private static SharedActivation Keep(Tensor input, IActivationCodec codec, SavedBytes? ledger = null) =>
        new ActivationSaver(codec, new SaveContext(new ActivationSite(0, ActivationRole.LinearInput), new SeededDraws(1)), ledger).Save(input);

    /// <summary>Two layers with a branch, one of them with a bias; a trained one without; a frozen one.</summary>
    private static LoraLinear[] Linears(double dropout, ScalarType type)
    {
        Tensor Frozen(long[] shape, ulong seed) => Random(shape, seed).detach().to(type);
        return
        [
            new LoraLinear("q", Frozen([10, Width], 2)) { Branch = new LoraBranch(Random([Rank, Width], 3), Random([10, Rank], 4), 0.5, dropout) },
            new LoraLinear("k", Frozen([7, Width], 5), Frozen([7], 6)) { Branch = new LoraBranch(Random([Rank, Width], 7), Random([7, Rank], 8), 2, dropout) },
            new LoraLinear("v", Frozen([5, Width], 9).requires_grad_(), Frozen([5], 10).requires_grad_()),
            new LoraLinear("frozen", Frozen([3, Width], 11)),
        ];
    }

    private static Tensor[] Leaves(LoraLinear[] linears) =>
        [linears[0].Branch!.Down, linears[0].Branch!.Up, linears[1].Branch!.Down, linears[1].Branch!.Up, linears[2].Weight, linears[2].Bias!];

    private static void Backward(Tensor[] outputs)
    {
        Tensor joined = cat(outputs, 1);
        Autograd.Backward(joined, OutputGradient(joined.shape[1]).to(joined.dtype));
    }

    private static Tensor OutputGradient(long width) => randn(Rows, width, generator: new Generator(77));

    /// <summary>Gradients of the formula at the exact input; those of what meets the input, at the given one.</summary>
    private static Tensor[] Expected(Tensor[] leaves, LoraLinear[] linears, DropoutMask? mask, Tensor met)
    {
        Tensor[] wide = [.. leaves.Select(leaf => leaf.detach().to(float64).requires_grad_())];
        Tensor Met(Tensor x) => x + (met.to(float64) - x).detach(); // the given value with the input's gradient
        Tensor Branch(int linear, Tensor x, Tensor down, Tensor up)
        {
            LoraLinear layer = linears[linear];
            using Tensor ones = ones_like(x, dtype: float32);
            Tensor factor = mask is null ? ones.to(float64) : mask.Apply(ones, layer.Name, layer.Branch!.Dropout).to(float64);
            // The forward pass is exact: the hidden value that B meets comes from the exact input.
            Tensor hidden = (x * factor).matmul(down.t()), lossy = (Met(x) * factor).matmul(down.t());
            hidden = lossy + (hidden - lossy).detach();
            return layer.Branch!.Scale * hidden.matmul(up.t());
        }

        Tensor input = wide[0];
        Tensor[] outputs =
        [
            input.matmul(linears[0].Weight.to(float64).t()) + Branch(0, input, wide[1], wide[2]),
            input.matmul(linears[1].Weight.to(float64).t()) + linears[1].Bias!.to(float64) + Branch(1, input, wide[3], wide[4]),
            Met(input).matmul(wide[5].t()) + wide[6],
            input.matmul(linears[3].Weight.to(float64).t()),
        ];
        Tensor joined = cat(outputs, 1);
        joined.backward([OutputGradient(joined.shape[1]).to(float64)]);
        return [.. wide.Select(leaf => leaf.grad!)];
    }

    private static Tensor Random(long[] shape, ulong seed) => (randn(shape, generator: new Generator(seed)) * 0.3).requires_grad_();
}
