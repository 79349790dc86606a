using CsCheck;
using LeanTune.Activations.Codecs.Residual;
using LeanTune.Linalg;
using LeanTune.Native;
using LeanTune.Tests.Linalg;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>The fused kernels against the tensor expressions, step by step.</summary>
public class FusedArithmeticTests
{
    private static readonly ResidualArithmetic s_fused = FusedArithmetic.Instance, s_plain = TensorArithmetic.Instance;

    private static readonly Gen<(int Rows, int Features, int Levels, ulong Seed)> s_case = Gen.Select(
        Gen.Int[1, 70], Gen.OneOf(Gen.Int[1, 200], Gen.Const(576), Gen.Const(128)), Gen.OneOf(Gen.Const(2), Gen.Const(4), Gen.Const(8), Gen.Const(16)), Gen.ULong);

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float64)]
    public void Differences_and_energies_are_the_same(ScalarType type) =>
        s_case.Sample((rows, features, _, seed) =>
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(seed);
            Tensor matrix = randn(rows, features, generator: generator).to(type);
            Tensor? origin = seed % 2 == 0 ? null : randn(rows, features, generator: generator);
            RowRuns taking = Some(rows, generator);
            float[] fusedEnergies = new float[rows], plainEnergies = new float[rows];
            Tensor fused = s_fused.Difference(matrix, origin, taking, fusedEnergies);
            Tensor plain = s_plain.Difference(matrix, origin, taking, plainEnergies);
            fused.IsSameAs(plain).ShouldBeTrue();
            foreach (int row in taking.ToArray()) fusedEnergies[row].ShouldBe(plainEnergies[row], 1e-5 * (1 + plainEnergies[row]));
        }, iter: 60);

    [Fact]
    public void Coefficients_get_the_same_codes() =>
        s_case.Sample((rows, count, _, seed) =>
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(seed);
            count = 1 + (count % 96);
            using Directions directions = new(randn(count, 32, generator: generator), fine: (int)(seed % (ulong)(count + 1)));
            Tensor values = randn(rows, count, generator: generator), same = values.clone();
            Tensor scales = values.square().mean([0]).sqrt().to(bfloat16);
            RowRuns coded = Some(rows, generator);
            using Coefficients fused = s_fused.Quantize(values, directions, scales, coded), plain = s_plain.Quantize(same, directions, scales, coded);
            fused.Fine.IsSameAs(plain.Fine).ShouldBeTrue();
            fused.Coarse.IsSameAs(plain.Coarse).ShouldBeTrue();
            values.IsSameAs(same).ShouldBeTrue();
        }, iter: 200);

    [Fact]
    public void Remainders_are_coded_and_added_alike() =>
        s_case.Sample((rows, features, levels, seed) =>
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(seed);
            Tensor difference = randn(rows, features, generator: generator);
            int count = (int)(seed % 3) * 7;
            Tensor? basis = count == 0 ? null : randn(count, features, generator: generator), along = count == 0 ? null : randn(rows, count, generator: generator);
            Tensor fusedBuffer = randn(rows, features, generator: generator), plainBuffer = fusedBuffer.clone(), before = fusedBuffer.clone();
            RowRuns coded = Some(rows, generator);
            var rotation = Rotation.Of(features, count == 0 ? 2 : 1);
            CodeLayout layout = new(levels, features);
            using Remainder fused = s_fused.Encode(difference, along, basis, rotation, layout, coded, fusedBuffer);
            using Remainder plain = s_plain.Encode(difference, along, basis, rotation, layout, coded, plainBuffer);
            // Sums run in another order, so a number at a threshold, or a scale between two bf16 numbers, may fall to the other side.
            Tensor equal = layout.Unpack(fused.Codes).eq(layout.Unpack(plain.Codes)).to(float32);
            if (equal.numel() > 0) equal.mean().ToDouble().ShouldBeGreaterThan(0.98);
            if (coded.Count > 0) Errors.Relative(fused.Scales, plain.Scales).ShouldBeLessThan(0.005);
            // A row where none did must agree to rounding.
            Tensor alike = fused.Codes.eq(plain.Codes).all(1).logical_and(fused.Scales.eq(plain.Scales)); // (coded rows)
            Tensor index = coded.Indices(CPU).masked_select(alike);
            alike.numel().ShouldBeLessThanOrEqualTo((2 * index.numel()) + 2);
            Errors.Relative(fusedBuffer.index_select(0, index), plainBuffer.index_select(0, index)).ShouldBeLessThan(1e-5);
            RowRuns others = RowRuns.All(rows).Except(coded.ToArray());
            foreach (int row in others.ToArray()) fusedBuffer[row].IsSameAs(before[row]).ShouldBeTrue();
        }, iter: 200);

    [Fact]
    public void Codes_are_decoded_alike_in_any_slice() =>
        s_case.Sample((rows, features, levels, seed) =>
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(seed);
            rows *= 4;
            Tensor matrix = Streams.Update(rows, features, generator);
            RowRuns taking = Some(rows, generator);
            ResidualOptions options = new() { Levels = levels };
            using ResidualCode code = ResidualEncoder.Encode(matrix, null, taking, new SeededDraws(seed), options);
            if (code.Remainder is null) return;
            Rotation rotation = ResidualEncoder.RotationFor(code.Directions, features);
            RowRuns coded = taking.Except(code.ExactRows);
            long first = (long)(seed % (ulong)rows), count = Math.Max(1, (rows - first) / 2);
            foreach (int sign in new[] { 1, -1 })
            {
                Tensor fused = ones(count, features), plain = ones(count, features);
                s_fused.Add(fused, code, rotation, coded, sign, first);
                s_plain.Add(plain, code, rotation, coded, sign, first);
                Errors.Relative(fused, plain).ShouldBeLessThan(1e-5);
            }
        }, iter: 100);

    /// <summary>About three rows in four, in runs.</summary>
    private static RowRuns Some(int rows, Generator generator)
    {
        using var scope = NewDisposeScope();
        return RowRuns.For(rows, rand(rows, generator: generator).lt(0.75));
    }
}
