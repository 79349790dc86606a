using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Models.Blocks;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations;

/// <summary>The product's sublayer, which keeps the norm's normalised value, against float64 and finite differences.</summary>
public sealed class NormedSublayerTests : IDisposable
{
    private const double Epsilon = 1e-5;
    private const int Rows = 120, Width = 24;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _hidden, _weight, _matrix;

    public NormedSublayerTests()
    {
        Generator generator = new(11);
        Tensor decay = arange(1, Width + 1, ScalarType.Float32).pow(-0.7);
        _hidden = (randn(Rows, Width, generator: generator) * decay).matmul(randn(Width, Width, generator: generator)).requires_grad_();
        _weight = (1 + (0.3 * randn(Width, generator: generator))).requires_grad_();
        _matrix = (0.2 * randn(Width, Width, generator: generator)).requires_grad_();
    }

    public static TheoryData<string> LosslessCodecs => ["exact", "full rank"];

    public void Dispose() => _scope.Dispose();

    [Theory, MemberData(nameof(LosslessCodecs))]
    public void Gradients_equal_finite_differences_of_the_formula(string kind)
    {
        IActivationCodec codec = kind == "exact" ? new Exact() : new LowRank(RankRule.Absolute(Width)) { EvenIfLarger = true };
        Tensor[] leaves = [_hidden, _weight, _matrix], gradients = Gradients(codec);
        using IDisposable quiet = no_grad();
        for (int i = 0; i < leaves.Length; i++)
        {
            for (ulong seed = 0; seed < 4; seed++)
            {
                // Along random directions: (L(p + h d) − L(p − h d)) / 2h, all in float64.
                Tensor direction = randn(leaves[i].shape, float64, generator: new Generator(100 + seed));
                double Loss(double step)
                {
                    Tensor[] moved = [.. leaves.Select(leaf => leaf.to(float64))];
                    moved[i] += step * direction;
                    return (Formula(moved[0], moved[1], moved[2]) * OutputWeights(float64)).sum().ToDouble();
                }

                double slope = (Loss(1e-5) - Loss(-1e-5)) / 2e-5;
                double size = (gradients[i].to(float64).norm() * direction.norm()).ToDouble();
                (gradients[i].to(float64) * direction).sum().ToDouble().ShouldBe(slope, 1e-5 * size, $"tensor {i}, direction {seed}");
            }
        }
    }

    [Theory, MemberData(nameof(LosslessCodecs))]
    public void Gradients_equal_those_of_float64(string kind)
    {
        IActivationCodec codec = kind == "exact" ? new Exact() : new LowRank(RankRule.Absolute(Width)) { EvenIfLarger = true };
        CheckpointTests.ShouldEqual(Gradients(codec), ExactGradients(), 1e-5);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-6f)]
    [InlineData(-1e-6f)]
    public void Defect6_vanishing_norm_weights_amplify_nothing(float small)
    {
        LowRank codec = new(RankRule.Absolute(6));
        double[] ordinary = Distances(Gradients(codec), ExactGradients());
        using (no_grad()) _weight.narrow(0, 3, 5).fill_(small);
        Tensor[] lossy = Gradients(codec);
        double[] vanishing = Distances(lossy, ExactGradients());
        for (int i = 0; i < lossy.Length; i++)
        {
            lossy[i].isfinite().all().ToBoolean().ShouldBeTrue();
            ordinary[i].ShouldBeGreaterThan(0.01); // it is a lossy codec
            vanishing[i].ShouldBeLessThan(1.5 * ordinary[i]);
        }

        CheckpointTests.ShouldEqual(Gradients(new Exact()), ExactGradients(), 1e-5);
    }

    [Fact]
    public void A_hidden_state_without_gradient_still_trains_what_is_inside()
    {
        Tensor[] expected = ExactGradients();
        using Tensor constant = _hidden.detach();
        Tensor[] gradients = CheckpointTests.Gradients(() => Run(constant, new Exact()), _weight, _matrix);
        CheckpointTests.ShouldEqual(gradients, expected[1..], 1e-5);
    }

    [Fact]
    public void What_is_kept_is_counted_by_kind_and_let_go()
    {
        SavedBytes saved = new();
        Tensor output = Run(_hidden, new LowRank(RankRule.Absolute(6)), saved);
        saved.Report().ShouldBe([
            new SavedBytesEntry(2, SavedBytes.Factors, 4 * 6 * (Rows + Width)), new SavedBytesEntry(2, SavedBytes.Statistics, 4 * Rows)]);
        Autograd.Backward(output.sum());
        saved.Total.ShouldBe(0);
    }

    [Fact]
    public void An_exception_in_the_forward_pass_leaves_nothing_in_the_ledger()
    {
        SavedBytes saved = new();
        Should.Throw<InvalidDataException>(() => NormedSublayer.Run(
            _hidden, new RmsNorm(_weight, Epsilon), RowSegment.Of((_, _) => throw new InvalidDataException("inside")), [], new Exact(), Context, NormSave.Normalized, saved));
        saved.Total.ShouldBe(0);
    }

    private static SaveContext Context => new(new ActivationSite(2, ActivationRole.Normalized), new SeededDraws(1));

    private Tensor Run(Tensor hidden, IActivationCodec codec, SavedBytes? saved = null, RowTile[]? tiles = null) => NormedSublayer.Run(
        hidden, new RmsNorm(_weight, Epsilon), RowSegment.Of((normed, _) => normed.matmul(_matrix).tanh()), tiles ?? [], codec, Context, NormSave.Normalized, saved);

    private Tensor[] Gradients(IActivationCodec codec) => CheckpointTests.Gradients(() => Run(_hidden, codec), _hidden, _weight, _matrix);

    private Tensor[] ExactGradients()
    {
        Tensor[] leaves = [.. new[] { _hidden, _weight, _matrix }.Select(leaf => leaf.detach().to(float64).requires_grad_())];
        (Formula(leaves[0], leaves[1], leaves[2]) * OutputWeights(float64)).sum().backward();
        return [.. leaves.Select(leaf => leaf.grad!)];
    }

    /// <summary>x + tanh((w · x / rms(x)) M).</summary>
    private static Tensor Formula(Tensor x, Tensor weight, Tensor matrix) =>
        x + (x / (x.pow(2).mean([1], keepdim: true) + Epsilon).sqrt() * weight).matmul(matrix).tanh();

    /// <summary>The weights that <see cref="CheckpointTests.Gradients"/> sums the output with.</summary>
    private static Tensor OutputWeights(ScalarType type) => randn([Rows, Width], generator: new Generator(99)).to(type);

    private static double[] Distances(Tensor[] actual, Tensor[] expected) => [.. actual.Zip(expected, (one, other) => Errors.Relative(one, other))];
}
