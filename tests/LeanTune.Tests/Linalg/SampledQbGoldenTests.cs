using LeanTune.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Linalg;

/// <summary>The decomposition against the reference's, at the reference's samples.</summary>
public class SampledQbGoldenTests
{
    public static TheoryData<string> FiniteCases => [.. LinalgGoldens.Names.Where(name => LinalgGoldens.Kind(name) is not ("nan" or "inf"))];

    public static TheoryData<string> NonFiniteCases => [.. LinalgGoldens.Names.Where(name => LinalgGoldens.Kind(name) is "nan" or "inf")];

    [Theory, MemberData(nameof(FiniteCases))]
    public void Reconstructions_at_the_recorded_samples(string name)
    {
        using var scope = NewDisposeScope();
        var golden = LinalgGoldens.Tensors(name);
        Tensor matrix = golden["A"];
        double tolerance = Tolerance(LinalgGoldens.Kind(name));
        // Where rows are sampled we pass over zero rows, so the sample is another one: only the bounds hold.
        bool sameSample = name != "zerorows_64x256";
        int compared = 0;
        foreach (GoldenRun run in LinalgGoldens.Runs(name))
        {
            using var runScope = NewDisposeScope();
            using LowRankFactors factors = Decompose(golden, run);
            Tensor product = Errors.Product(factors);
            double error = Errors.Relative(product, matrix);
            error.ShouldBeGreaterThanOrEqualTo(run["rel_err_optimal"] - tolerance, run.Name);
            error.ShouldBeLessThanOrEqualTo(run["rel_err_sampled_span"] + tolerance, run.Name);
            if (!sameSample || !run.Is("recon_reproducible")) continue;
            Tensor probe = golden["probe"].to(float64);
            Errors.Relative(product.mm(probe), golden[$"k{run.Rank}_q{run.PowerIterations}/recon_probe"], matrix.to(float64).mm(probe))
                .ShouldBeLessThan(tolerance, $"{run.Name} reconstruction of the probe");
            if (golden.TryGetValue($"{run.Name}/recon", out Tensor? recon))
                Errors.Relative(product, recon, matrix).ShouldBeLessThan(tolerance, $"{run.Name} reconstruction");
            compared++;
        }
        if (sameSample) compared.ShouldBeGreaterThan(2);
    }

    [Theory, MemberData(nameof(FiniteCases))]
    public void Projectors_at_the_recorded_samples(string name)
    {
        if (name is "zerorows_64x256" or "zeros_64x256" or "zeros_256x64") return; // another sample; no range at all
        using var scope = NewDisposeScope();
        var golden = LinalgGoldens.Tensors(name);
        bool tall = golden["A"].shape[0] > golden["A"].shape[1];
        Tensor probe = golden[tall ? "probe" : "probe_left"].to(float64);
        foreach (GoldenRun run in LinalgGoldens.Runs(name).Where(run => run.Is("projector_reproducible")))
        {
            using var runScope = NewDisposeScope();
            using LowRankFactors factors = Decompose(golden, run);
            Tensor basis = tall ? factors.Right.t().to(float64) : factors.Left.to(float64);
            Tensor projected = basis.mm(basis.t().mm(probe));
            double tolerance = LinalgGoldens.Kind(name) == "powerbf16" ? 5e-2 : Math.Max(1e-5, 20 * run["projector_fp32_vs_float64_max_abs"]);
            Errors.Relative(projected, golden[$"{run.Name}/projector_probe"], probe).ShouldBeLessThan(tolerance, run.Name);
        }
    }

    [Theory, MemberData(nameof(NonFiniteCases))]
    public void Defect11_a_NaN_or_an_infinity_destroys_its_own_row_only(string name)
    {
        using var scope = NewDisposeScope();
        var golden = LinalgGoldens.Tensors(name);
        Tensor matrix = golden["A"];
        Tensor healthy = matrix.isfinite().all(1).nonzero().flatten();
        healthy.shape[0].ShouldBe(matrix.shape[0] - 1);
        foreach (GoldenRun run in LinalgGoldens.Runs(name))
        {
            using var runScope = NewDisposeScope();
            using LowRankFactors factors = Decompose(golden, run);
            Tensor product = Errors.Product(factors);
            product.isfinite().sum().ToInt64().ShouldBe((matrix.shape[0] - 1) * matrix.shape[1], run.Name);
            Tensor rest = matrix.index_select(0, healthy);
            Errors.Relative(product.index_select(0, healthy), rest).ShouldBeLessThan(1.5 * Errors.Optimal(rest, run.Rank), run.Name);
        }
    }

    [Fact]
    public void Bf16_factors_are_bf16_and_orthonormal_to_its_precision()
    {
        using var scope = NewDisposeScope();
        var golden = LinalgGoldens.Tensors("powerbf16_256x64");
        using LowRankFactors factors = Decompose(golden, LinalgGoldens.Run("powerbf16_256x64", "k8_q0"));
        factors.Left.dtype.ShouldBe(ScalarType.BFloat16);
        factors.Right.dtype.ShouldBe(ScalarType.BFloat16);
        factors.Bytes.ShouldBe(2 * 8 * (256 + 64));
        Errors.Orthonormality(factors.Right.t().to(float32)).ShouldBeLessThan(4e-3);
    }

    private static LowRankFactors Decompose(Dictionary<string, Tensor> golden, GoldenRun run) =>
        SampledQb.Decompose(golden["A"], run.Rank, new RecordedDraws(golden[$"k{run.Rank}/idx"].data<long>().ToArray()), run.PowerIterations);

    /// <summary>The README's suggestions, relative to ‖A‖.</summary>
    private static double Tolerance(string kind) => kind switch
    {
        "exp" => 1e-3,
        "outlier" => 3e-4,
        "powerbf16" => 5e-2,
        _ => 5e-5,
    };
}
