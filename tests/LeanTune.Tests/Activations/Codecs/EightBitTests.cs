using CsCheck;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>The 8-bit codec: its error bound, its bytes, and its vector code against tensor expressions.</summary>
public sealed class EightBitTests
{
    private static readonly SaveContext Context = new(new ActivationSite(0, ActivationRole.FunctionInput), new SeededDraws(1));

    [Fact]
    public void Every_element_is_within_half_a_step_of_its_group() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 40], Gen.Int[5, 400], Gen.Double[-20, 20]).Sample((seed, rows, width, exponent) =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = randn(rows, width, generator: new Generator(seed)) * Math.Pow(10, exponent);
            using SavedActivation saved = new EightBit().Save(x, Context);
            Tensor apart = (saved.Restore() - x).abs();
            for (int first = 0; first < width; first += 128)
            {
                int count = Math.Min(128, width - first);
                Tensor step = x.narrow(1, first, count).abs().amax([1], keepdim: true) / 127;
                (apart.narrow(1, first, count) - (0.5001 * step)).le(0).all().ToBoolean().ShouldBeTrue();
            }
        }, iter: 60);

    [Theory]
    [InlineData(64, 576, 5)]
    [InlineData(64, 128, 1)]
    [InlineData(7, 100, 1)]
    public void Bytes_are_one_an_element_and_a_scale_a_group(int rows, int width, int groups)
    {
        using DisposeScope scope = NewDisposeScope();
        using SavedActivation saved = new EightBit().Save(randn(rows, width), Context);
        saved.Bytes.ShouldBe(rows * (width + (4 * groups)));
        saved.Kind.ShouldBe(SavedBytes.EightBit);
    }

    [Fact]
    public void What_would_not_get_smaller_is_kept_exactly()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor thin = randn(30, 1), narrow = randn(30, 4).to(bfloat16);
        foreach (Tensor x in new[] { thin, narrow })
        {
            using SavedActivation saved = new EightBit().Save(x, Context);
            saved.Restore().IsSameAs(x).ShouldBeTrue();
            saved.Bytes.ShouldBe(x.NumberOfElements * x.ElementSize);
        }
    }

    [Fact]
    public void Vector_code_equals_tensor_expressions() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 9], Gen.Int[1, 300]).Sample((seed, rows, width) =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = randn(rows, width, generator: new Generator(seed)) * 3;
            x[0].fill_(0);
            if (rows > 1) x[1, width / 2] = float.NaN;
            if (rows > 2) x[2, width / 2] = float.NegativeInfinity;
            if (rows > 3) x[3].mul_(1e-38);
            long groups = EightBitGroups.Count(width);
            Tensor[] codes = [empty(rows, width, int8), empty(rows, width, int8)], scales = [empty(rows, groups), empty(rows, groups)];
            EightBitGroups.Encode(x, codes[0], scales[0]);
            EightBitGroups.EncodeByTensors(x, codes[1], scales[1]);
            codes[0].IsSameAs(codes[1]).ShouldBeTrue();
            scales[0].nan_to_num(-1).IsSameAs(scales[1].nan_to_num(-1)).ShouldBeTrue();
            Tensor[] values = [empty(rows, width), empty(rows, width)];
            EightBitGroups.Decode(codes[0], scales[0], values[0]);
            EightBitGroups.DecodeByTensors(codes[0], scales[0], values[1]);
            values[0].nan_to_num(-1).IsSameAs(values[1].nan_to_num(-1)).ShouldBeTrue();
        }, iter: 200);

    [Fact]
    public void A_group_that_is_not_finite_harms_no_other()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(5, 300);
        x[2, 140] = float.NaN;
        x[3, 10] = float.PositiveInfinity;
        Tensor restored = new EightBit().Save(x, Context).Restore();
        Tensor spoilt = restored.isfinite().logical_not();
        spoilt.sum().item<long>().ShouldBe(256);
        spoilt[2].narrow(0, 128, 128).all().ToBoolean().ShouldBeTrue();
        spoilt[3].narrow(0, 0, 128).all().ToBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float64)]
    public void Other_types_come_back_in_their_own(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(4, 700, 500).to(type);
        using SavedActivation saved = new EightBit().Save(x, Context);
        saved.Shape.ShouldBe([4, 700, 500]);
        Tensor restored = saved.Restore();
        (restored.dtype, restored.shape.SequenceEqual(x.shape)).ShouldBe((type, true));
        Errors.Relative(restored, x).ShouldBeLessThan(0.02);
        saved.Restore(690, 1500).IsSameAs(restored.view(-1, 500).narrow(0, 690, 1500)).ShouldBeTrue();
    }
}
