using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs;

/// <summary>Every codec on degenerate matrices in both data types: finite, of the same shape and type, never larger than exact, and no worse than its kind of loss allows.</summary>
public class DegenerateInputTests
{
    private static readonly (string Name, IActivationCodec Codec)[] Codecs =
    [
        ("low rank", new LowRank(RankRule.Fraction(1.0 / 4))),
        ("low rank by energy", new LowRank(RankRule.Energy(0.9))),
        ("chain", new ResidualChain()),
        ("open", new ResidualChain(2, chained: false)),
        ("8 bits", new EightBit()),
    ];

    public static TheoryData<string, string, ScalarType> Cases
    {
        get
        {
            TheoryData<string, string, ScalarType> cases = [];
            foreach ((string codec, _) in Codecs)
                foreach (var kind in DegenerateMatrices.Kinds)
                    foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
                        cases.Add(codec, kind.Data, type);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Nothing_breaks(string codec, string kind, ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = DegenerateMatrices.Of(kind).to(type), origin = (0.5 * matrix).to(type);
        using ChainState chain = new();
        IActivationCodec keeper = Codecs.Single(one => one.Name == codec).Codec;
        using SavedActivation before = keeper.Save(origin, ChainSteps.At(0, chain)); // the chain's beginning; the others look at each matrix alone
        using SavedActivation saved = keeper.Save(matrix, ChainSteps.At(1, chain));

        using Tensor restored = saved.Restore();

        restored.shape.ShouldBe(matrix.shape);
        restored.dtype.ShouldBe(type);
        restored.isfinite().all().ToBoolean().ShouldBeTrue();
        saved.Bytes.ShouldBeLessThanOrEqualTo(matrix.numel() * matrix.element_size());
        double rounding = type == ScalarType.BFloat16 ? 0.01 : 1e-4;
        Errors.Relative(restored.to(ScalarType.Float32), matrix.to(ScalarType.Float32)).ShouldBeLessThan(Most(codec, kind) + rounding);
        saved.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void What_is_not_finite_in_one_row_harms_no_other(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = randn(300, 64, generator: new Generator(6)).to(type), good = matrix.clone();
        matrix[7, 7] = float.NaN;
        matrix[200, 3] = float.NegativeInfinity;
        Tensor others = ones(300, ScalarType.Bool);
        others[7] = false;
        others[200] = false;
        Tensor index = others.nonzero().flatten(); // (298)
        foreach (IActivationCodec codec in new IActivationCodec[] { new ResidualChain(2, chained: false), new EightBit() })
        {
            using SavedActivation broken = codec.Save(matrix, ChainSteps.At(0, null)), healthy = codec.Save(good, ChainSteps.At(0, null));
            Tensor restored = broken.Restore().index_select(0, index).to(ScalarType.Float32), expected = good.index_select(0, index).to(ScalarType.Float32);
            restored.isfinite().all().ToBoolean().ShouldBeTrue($"{codec}");
            broken.Restore()[7].isfinite().all().ToBoolean().ShouldBeFalse($"{codec}: a loss that is not finite must show");
            Errors.Relative(restored, expected).ShouldBeLessThan((1.2 * Errors.Relative(healthy.Restore().index_select(0, index).to(ScalarType.Float32), expected)) + 1e-4, $"{codec}");
        }
    }

    /// <summary>The error that a codec may make, relative to the matrix.</summary>
    private static double Most(string codec, string kind) => codec switch
    {
        "8 bits" => 0.02,
        "low rank" or "low rank by energy" when kind is "zero" or "constant" or "rank one" or "one element" => 0, // of rank 0 or 1
        "low rank" or "low rank by energy" => 1, // a projection: no larger than the matrix itself
        // Hardly any number is like another there: one scale a row loses most of it, never more than all.
        _ when kind is "one element" or "half zero" or "one feature" => 1,
        _ => 1.05 * Math.Sqrt(0.1175), // two bits on single levels
    };
}
