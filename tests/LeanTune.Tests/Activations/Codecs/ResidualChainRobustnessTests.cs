using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Activations.Codecs.Residual;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>Matrices that break naive codecs: none may crash, harm its neighbours, or come back worse than plain quantisation.</summary>
public class ResidualChainRobustnessTests
{
    [Theory]
    [MemberData(nameof(DegenerateMatrices.Kinds), MemberType = typeof(DegenerateMatrices))]
    public void Degenerate_matrices_are_coded(string kind)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = DegenerateMatrices.Of(kind);
        foreach (int bits in ResidualChain.BitChoices)
            foreach (bool fused in new[] { true, false })
            {
                ResidualChain codec = new(bits, new ResidualOptions { Fused = fused });
                using ChainState chain = new();
                Tensor origin = kind == "huge" ? zeros_like(matrix) : matrix.mean() + 0.1 * ones_like(matrix);
                codec.Save(origin, ChainSteps.At(0, chain));
                SavedActivation saved = codec.Save(origin + matrix, ChainSteps.At(1, chain));
                using Tensor restored = saved.Restore();
                restored.isfinite().all().ToBoolean().ShouldBeTrue($"{kind}, {bits} bits");
                using SavedActivation alone = codec.Save(matrix, ChainSteps.At(1, null));
                Tensor open = alone.Restore();
                open.isfinite().all().ToBoolean().ShouldBeTrue($"{kind}, {bits} bits");
                double most = 1.05 * Math.Sqrt(Trellis.Of(1 << bits).Distortion);
                if (kind is not ("one element" or "half zero")) Errors.Relative(open, matrix).ShouldBeLessThan(kind == "one feature" ? 1 : most, $"{kind}, {bits} bits");
                saved.Dispose();
            }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rows_that_are_not_finite_harm_no_other(bool fused)
    {
        using var scope = NewDisposeScope();
        Tensor[] stream = Streams.Residual(blocks: 4, tokens: 200, features: 96);
        Tensor[] broken = [.. stream.Select(activation => activation.clone())];
        foreach (Tensor activation in broken[2..])
        {
            activation[5, 3] = float.NaN;
            activation[150, 0] = float.PositiveInfinity;
        }
        using ChainState chain = new(), healthy = new();
        ResidualChain codec = new(2, new ResidualOptions { Fused = fused });
        SavedActivation[] saved = ChainSteps.SaveAll(codec, broken, chain), expected = ChainSteps.SaveAll(codec, stream, healthy);
        for (int block = 3; block >= 0; block--)
        {
            using Tensor restored = saved[block].Restore(), values = expected[block].Restore();
            Tensor finite = restored.isfinite().all(1); // (tokens)
            if (block >= 2)
            {
                finite[5].ToBoolean().ShouldBeFalse();
                finite[150].ToBoolean().ShouldBeFalse();
            }
            finite[5] = true;
            finite[150] = true;
            finite.all().ToBoolean().ShouldBeTrue();
            Tensor others = ones(200, ScalarType.Bool);
            others[5] = false;
            others[150] = false;
            Tensor index = others.nonzero().flatten();
            double error = Errors.Relative(restored.index_select(0, index), stream[block].index_select(0, index));
            error.ShouldBeLessThan((1.2 * Errors.Relative(values, stream[block])) + 1e-6);
            saved[block].Dispose();
            expected[block].Dispose();
        }
    }

    [Fact]
    public void An_activation_without_a_finite_row_is_kept()
    {
        using var scope = NewDisposeScope();
        Tensor nothing = full(30, 64, double.NaN);
        using SavedActivation saved = new ResidualChain().Save(nothing, ChainSteps.At(0, null));
        saved.Restore().isnan().all().ToBoolean().ShouldBeTrue();
        using SavedActivation empty = new ResidualChain().Save(zeros(0, 64), ChainSteps.At(0, null));
        empty.Restore().shape.ShouldBe([0, 64]);
        using SavedActivation masked = new ResidualChain().Save(nothing, ChainSteps.At(0, null, zeros(30, ScalarType.Bool)));
        masked.Restore().eq(0).all().ToBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Strong_tokens_and_columns_cost_less_than_in_plain_quantisation(int bits)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(8);
        Tensor matrix = randn(1000, 256, generator: generator);
        foreach (int column in new[] { 17, 200 }) matrix.select(1, column).mul_(30);
        foreach (int token in new[] { 0, 400, 800 }) matrix[token].mul_(100);
        using SavedActivation saved = new ResidualChain(bits).Save(matrix, ChainSteps.At(0, null));
        var quantizer = Trellis.Of(1 << bits);
        Tensor scale = matrix.square().mean([1], keepdim: true).sqrt(); // (tokens, 1)
        Tensor plain = quantizer.Decode(quantizer.Encode(matrix / scale)) * scale;
        Tensor ordinary = matrix.index_select(0, tensor(Enumerable.Range(0, 1000).Where(token => token % 400 != 0).Select(token => (long)token).ToArray()));
        Tensor index = tensor(Enumerable.Range(0, 1000).Where(token => token % 400 != 0).Select(token => (long)token).ToArray());
        double coded = Errors.Relative(saved.Restore().index_select(0, index), ordinary), simple = Errors.Relative(plain.index_select(0, index), ordinary);
        coded.ShouldBeLessThan(0.7 * simple);
        Errors.Relative(saved.Restore(), matrix).ShouldBeLessThan(0.1 * Errors.Relative(plain, matrix));
        (8.0 * saved.Bytes / matrix.numel()).ShouldBeLessThan(bits + 0.3);
    }
}
