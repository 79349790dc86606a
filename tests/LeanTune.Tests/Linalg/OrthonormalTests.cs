using LeanTune.Linalg;
using static TorchSharp.torch;

namespace LeanTune.Tests.Linalg;

/// <summary>CholeskyQR2 where it works, the fallback where it cannot.</summary>
public class OrthonormalTests
{
    [Theory]
    [InlineData(64, 1)]
    [InlineData(64, 64)]
    [InlineData(576, 72)]
    [InlineData(1024, 200)]
    public void CholeskyQR2_is_orthonormal_and_keeps_the_span_of_well_conditioned_columns(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = Gaussian(rows, columns, seed: 11);
        Tensor basis = Orthonormal.CholeskyQr2(matrix).ShouldNotBeNull();
        Errors.Orthonormality(basis).ShouldBeLessThan(1e-5);
        Errors.Relative(basis.mm(basis.t().mm(matrix)), matrix).ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData(1e3)]
    [InlineData(1e5)]
    public void The_shift_serves_columns_whose_Gram_matrix_fp32_cannot_factor(double condition)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = WithSpectrum(300, 40, i => Math.Pow(condition, -i / 39.0));
        Tensor basis = Orthonormal.CholeskyQr2(matrix).ShouldNotBeNull();
        Errors.Orthonormality(basis).ShouldBeLessThan(1e-5);
        Errors.Relative(basis.mm(basis.t().mm(matrix)), matrix).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void CholeskyQR2_gives_up_on_dependent_columns_and_the_fallback_serves_them()
    {
        using var scope = NewDisposeScope();
        Tensor independent = Gaussian(128, 6, seed: 5);
        Tensor zeroColumn = cat([independent, zeros(128, 2)], 1);
        Tensor repeated = cat([independent, independent], 1);
        Tensor combined = cat([independent, independent.mm(Gaussian(6, 10, seed: 6))], 1);
        Orthonormal.CholeskyQr2(zeroColumn).ShouldBeNull();
        foreach (Tensor deficient in new[] { zeroColumn, repeated, combined, zeros(128, 3) })
        {
            Tensor basis = Orthonormal.Basis(deficient);
            basis.shape.ShouldBe(deficient.shape);
            Errors.Orthonormality(basis).ShouldBeLessThan(1e-5);
            Errors.Relative(basis.mm(basis.t().mm(deficient)), deficient).ShouldBeLessThan(1e-5);
        }
    }

    [Fact]
    public void Sizes_of_columns_do_not_matter()
    {
        using var scope = NewDisposeScope();
        Tensor matrix = Gaussian(200, 20, seed: 7);
        Tensor sizes = tensor(Enumerable.Range(0, 20).Select(i => (float)Math.Pow(10, (3 * i) - 30)).ToArray());
        Tensor basis = Orthonormal.Basis(matrix * sizes);
        Errors.Orthonormality(basis).ShouldBeLessThan(1e-5);
        Errors.Relative(basis.mm(basis.t().mm(matrix)), matrix).ShouldBeLessThan(1e-5);
    }

    private static Tensor Gaussian(int rows, int columns, int seed) => randn(rows, columns, generator: new Generator((ulong)seed));

    private static Tensor WithSpectrum(int rows, int columns, Func<int, double> value)
    {
        Tensor left = linalg.qr(Gaussian(rows, columns, seed: 1).to(float64)).Q;
        Tensor right = linalg.qr(Gaussian(columns, columns, seed: 2).to(float64)).Q;
        Tensor values = tensor(Enumerable.Range(0, columns).Select(value).ToArray());
        return (left * values).mm(right.t()).to(float32);
    }
}
