using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Activations.Functions;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Functions;

/// <summary>Gradients of every function with an exact codec against finite differences of its formula, and what it lets go of.</summary>
public sealed class FunctionGradientTests
{
    private const double Epsilon = 1e-5;
    private const int Rows = 70, Width = 24;

    private static readonly Dictionary<string, Case> s_cases = new()
    {
        ["linear"] = new([[Rows, Width], [10, Width], [10]], (x, saver) => CompressedLinear.Apply(x[0], x[1], x[2], saver(0)), x => x[0].matmul(x[1].t()) + x[2]),
        ["linear without bias"] = new([[5, 14, Width], [10, Width]], (x, saver) => CompressedLinear.Apply(x[0], x[1], null, saver(0)), x => x[0].matmul(x[1].t())),
        ["rms norm"] = new([[Rows, Width], [Width]], (x, saver) => CompressedRmsNorm.Apply(x[0], x[1], Epsilon, saver(0)), RmsNorm),
        ["rms norm, all"] = new([[5, 14, Width], [Width]], (x, saver) => CompressedRmsNorm.Apply(x[0], x[1], Epsilon, saver(0), NormCasting.All), RmsNorm),
        ["layer norm"] = new([[Rows, Width], [Width], [Width]], (x, saver) => CompressedLayerNorm.Apply(x[0], x[1], x[2], Epsilon, saver(0)), LayerNorm),
        ["layer norm without bias"] = new([[Rows, Width], [Width]], (x, saver) => CompressedLayerNorm.Apply(x[0], x[1], null, Epsilon, saver(0)), LayerNorm),
        ["layer norm, all"] = new([[Rows, Width], [Width], [Width]], (x, saver) => CompressedLayerNorm.Apply(x[0], x[1], x[2], Epsilon, saver(0), NormCasting.All), LayerNorm),
        ["gelu, erf"] = new([[5, 14, Width]], (x, saver) => CompressedGelu.Apply(x[0], GeluKind.Erf, saver(0)), x => x[0] * 0.5 * (1 + (x[0] / Math.Sqrt(2)).erf())),
        ["gelu, tanh"] = new(
            [[Rows, Width]], (x, saver) => CompressedGelu.Apply(x[0], GeluKind.Tanh, saver(0)),
            x => 0.5 * x[0] * (1 + (Math.Sqrt(2 / Math.PI) * (x[0] + (0.044715 * x[0].pow(3)))).tanh())),
        ["gelu, quick"] = new([[Rows, Width]], (x, saver) => CompressedGelu.Apply(x[0], GeluKind.Quick, saver(0)), x => x[0] / (1 + (-1.702 * x[0]).exp())),
        ["silu mul"] = new([[5, 14, Width], [5, 14, Width]], (x, saver) => CompressedSiluMul.Apply(x[0], x[1], saver(0), saver(1)), x => x[0] / (1 + (-x[0]).exp()) * x[1]),
        ["norm read by two linears"] = new([[Rows, Width], [Width], [10, Width], [6, Width], [6]], NormAndLinears, x =>
            cat([RmsNorm(x).matmul(x[2].t()), RmsNorm(x).matmul(x[3].t()) + x[4]], 1)),
        ["gated layer"] = new([[Rows, Width], [Rows, Width], [10, Width]], GatedLinear, x => (x[0] / (1 + (-x[0]).exp()) * x[1]).matmul(x[2].t())),
        ["gelu read by a linear"] = new([[Rows, Width], [10, Width]], GeluLinear, x => (x[0] / (1 + (-1.702 * x[0]).exp())).matmul(x[1].t())),
        ["layer norm read by a linear"] = new([[Rows, Width], [Width], [Width], [10, Width]], LayerNormLinear, x => LayerNorm([x[0], x[1], x[2]]).matmul(x[3].t())),
    };

    private delegate Tensor Function(Tensor[] inputs, Func<int, ActivationSaver> saver);

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Gradients_equal_finite_differences_of_the_formula(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        Case tested = s_cases[name];
        Tensor[] leaves = tested.Leaves();
        SavedBytes saved = new();
        Tensor output = tested.Function(leaves, Savers(new Exact(), saved));
        Errors.Relative(output, tested.Formula([.. leaves.Select(leaf => leaf.detach().to(float64))])).ShouldBeLessThan(1e-6);
        Tensor weights = randn(output.shape, generator: new Generator(5));
        Autograd.Backward((output * weights).sum());
        using IDisposable quiet = no_grad();
        for (int i = 0; i < leaves.Length; i++)
            for (ulong seed = 0; seed < 3; seed++)
            {
                // Along random directions: (L(p + h d) − L(p − h d)) / 2h, all in float64.
                Tensor direction = randn(leaves[i].shape, float64, generator: new Generator(100 + seed));
                double Loss(double step)
                {
                    Tensor[] moved = [.. leaves.Select(leaf => leaf.to(float64))];
                    moved[i] = moved[i] + (step * direction);
                    return (tested.Formula(moved) * weights).sum().ToDouble();
                }

                double slope = (Loss(1e-5) - Loss(-1e-5)) / 2e-5;
                Tensor gradient = leaves[i].grad!.to(float64);
                (gradient * direction).sum().ToDouble().ShouldBe(slope, 1e-5 * (gradient.norm() * direction.norm()).ToDouble(), $"tensor {i}, direction {seed}");
            }
    }

    [Theory, MemberData(nameof(Names))]
    public void Only_what_asks_for_a_gradient_gets_one(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        Case tested = s_cases[name];
        Tensor[] all = tested.Leaves();
        Tensor[] expected = Gradients(tested, all);
        for (int i = 0; i < all.Length; i++)
        {
            Tensor[] leaves = [.. all.Select((leaf, j) => j == i ? leaf : leaf.detach())];
            Errors.Relative(Gradients(tested, leaves)[i], expected[i]).ShouldBeLessThan(1e-6);
            leaves.Where((_, j) => j != i).ShouldAllBe(leaf => ReferenceEquals(leaf.grad, null));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void What_is_kept_is_counted_and_let_go_after_the_backward_pass_or_with_the_graph(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        SavedBytes saved = new();
        Tensor output = s_cases[name].Function(s_cases[name].Leaves(), Savers(new EightBit(), saved));
        saved.Total.ShouldBeGreaterThan(0);
        Autograd.Backward(output.sum());
        saved.Total.ShouldBe(0);
        Tensor dropped = s_cases[name].Function(s_cases[name].Leaves(), Savers(new EightBit(), saved));
        saved.Total.ShouldBeGreaterThan(0);
        dropped.Dispose();
        if (name.Contains("read") || name == "gated layer") scope.DisposeEverything(); // the values between hold their part of the graph
        saved.Total.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Names))]
    public void Nothing_is_kept_without_a_graph(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        SavedBytes saved = new();
        Tensor[] leaves = s_cases[name].Leaves();
        Tensor recorded = s_cases[name].Function(leaves, Savers(new Exact(), null));
        using (no_grad()) s_cases[name].Function(leaves, Savers(new EightBit(), saved)).IsSameAs(recorded).ShouldBeTrue();
        saved.Peak.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Names))]
    public void Narrow_types_come_close(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] expected = Gradients(s_cases[name], s_cases[name].Leaves());
        Tensor[] narrow = [.. s_cases[name].Leaves().Select(leaf => leaf.detach().to(bfloat16).requires_grad_())];
        Tensor[] actual = Gradients(s_cases[name], narrow);
        for (int i = 0; i < narrow.Length; i++)
        {
            actual[i].dtype.ShouldBe(ScalarType.BFloat16);
            Errors.Relative(actual[i], expected[i]).ShouldBeLessThan(0.03, $"tensor {i}");
        }
    }

    [Theory]
    [InlineData("rms norm", 0f)]
    [InlineData("rms norm", 1e-6f)]
    [InlineData("rms norm, all", 0f)]
    [InlineData("layer norm", 0f)]
    [InlineData("layer norm", -1e-6f)]
    [InlineData("layer norm, all", 1e-6f)]
    public void Defect6_vanishing_norm_weights_amplify_nothing(string name, float small)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] leaves = s_cases[name].Leaves();
        double[] Distances()
        {
            Tensor[] exact = Gradients(s_cases[name], leaves), lossy = Gradients(s_cases[name], leaves, new LowRank(RankRule.Absolute(12)));
            lossy.ShouldAllBe(gradient => gradient.isfinite().all().ToBoolean());
            return [.. lossy.Select((gradient, i) => Errors.Relative(gradient, exact[i]))]; // of x, the weight, and the bias where there is one
        }

        double[] ordinary = Distances();
        using (no_grad()) leaves[1].narrow(0, 3, 5).fill_(small);
        double[] vanishing = Distances();
        ordinary[..2].ShouldAllBe(distance => distance > 0.01); // it is a lossy codec
        for (int i = 0; i < leaves.Length; i++) vanishing[i].ShouldBeLessThan((1.5 * ordinary[i]) + 1e-6, $"gradient {i}");
    }

    [Theory]
    [InlineData("rms norm")]
    [InlineData("layer norm")]
    [InlineData("layer norm read by a linear")]
    public void Parameters_may_be_temporary(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] leaves = s_cases[name].Leaves(), expected = Gradients(s_cases[name], leaves);
        Tensor[] temporary = [leaves[0], .. leaves[1..].Select(leaf => leaf * 1)];
        Tensor output = s_cases[name].Function(temporary, Savers(new Exact(), null));
        foreach (Tensor each in temporary[1..]) each.Dispose();
        Autograd.Backward((output * randn(output.shape, generator: new Generator(5))).sum());
        for (int i = 0; i < leaves.Length; i++) Errors.Relative(leaves[i].grad!, expected[i]).ShouldBeLessThan(1e-6, $"tensor {i}");
    }

    private static Tensor[] Gradients(Case tested, Tensor[] leaves, IActivationCodec? codec = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = tested.Function(leaves, Savers(codec ?? new Exact(), null));
        Autograd.Backward((output * randn(output.shape, generator: new Generator(5)).to(output.dtype)).sum());
        Tensor[] gradients = [.. leaves.Select(leaf => (leaf.grad?.clone() ?? zeros(1)).MoveToOuterDisposeScope())];
        foreach (Tensor leaf in leaves) leaf.grad = null;
        return gradients;
    }

    private static Func<int, ActivationSaver> Savers(IActivationCodec codec, SavedBytes? ledger) => ordinal =>
        new ActivationSaver(codec, new SaveContext(new ActivationSite(1, ActivationRole.FunctionInput, ordinal), new SeededDraws(3)), ledger);

    private static Tensor RmsNorm(Tensor[] x) => x[0] / (x[0].pow(2).mean([-1], keepdim: true) + Epsilon).sqrt() * x[1];

    private static Tensor LayerNorm(Tensor[] x)
    {
        Tensor centred = x[0] - x[0].mean([-1], keepdim: true);
        Tensor scaled = centred / (centred.pow(2).mean([-1], keepdim: true) + Epsilon).sqrt() * x[1];
        return x.Length > 2 ? scaled + x[2] : scaled;
    }

    private static Tensor NormAndLinears(Tensor[] x, Func<int, ActivationSaver> saver)
    {
        Tensor normed = CompressedRmsNorm.Apply(x[0], x[1], Epsilon, saver(0), out SharedActivation? kept);
        using SharedActivation? handle = kept;
        return cat(kept is null
            ? [nn.functional.linear(normed, x[2]), nn.functional.linear(normed, x[3], x[4])]
            : CompressedLinear.Apply(normed, [(x[2], null), (x[3], x[4])], kept), 1);
    }

    private static Tensor LayerNormLinear(Tensor[] x, Func<int, ActivationSaver> saver)
    {
        Tensor normed = CompressedLayerNorm.Apply(x[0], x[1], x[2], Epsilon, saver(0), out SharedActivation? kept);
        return ReadBy(normed, x[3], kept);
    }

    private static Tensor GatedLinear(Tensor[] x, Func<int, ActivationSaver> saver)
    {
        Tensor gated = CompressedSiluMul.Apply(x[0], x[1], saver(0), saver(1), out SharedActivation? kept);
        return ReadBy(gated, x[2], kept);
    }

    private static Tensor GeluLinear(Tensor[] x, Func<int, ActivationSaver> saver)
    {
        Tensor activated = CompressedGelu.Apply(x[0], GeluKind.Quick, saver(0), out SharedActivation? kept);
        return ReadBy(activated, x[1], kept);
    }

    private static Tensor ReadBy(Tensor input, Tensor weight, SharedActivation? kept)
    {
        using SharedActivation? handle = kept;
        return kept is null ? nn.functional.linear(input, weight) : CompressedLinear.Apply(input, [(weight, null)], kept)[0];
    }

    /// <summary>A function, the shapes of its inputs, and its formula.</summary>
    private sealed record Case(long[][] Shapes, Function Function, Func<Tensor[], Tensor> Formula)
    {
        public Tensor[] Leaves() => [.. Shapes.Select((shape, i) => (randn(shape, generator: new Generator((ulong)(20 + i))) + (shape.Length == 1 ? 1 : 0)).requires_grad_())];
    }
}
