using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Activations.Codecs.Residual;
using LeanTune.Linalg;
using LeanTune.Tests.Linalg;
using LeanTune.Tests.Native;
using static TorchSharp.torch;

namespace LeanTune.Tests.Activations.Codecs.Residual;

/// <summary>What depends on the number of threads (nothing in the kernels), and on the model's generator (nothing). Alone, for both are the process's.</summary>
[Collection(nameof(NativeMemoryCollection))]
public class ThreadCountTests
{
    [Fact]
    public void Kernels_give_the_same_bits_on_any_number_of_threads()
    {
        using var scope = NewDisposeScope();
        (byte[] codes, byte[] fine, Tensor buffer) one = Run(1), three = Run(3);
        three.codes.ShouldBe(one.codes);
        three.fine.ShouldBe(one.fine);
        three.buffer.IsSameAs(one.buffer).ShouldBeTrue();
    }

    [Fact]
    public void The_codec_repeats_itself_and_leaves_the_models_generator_alone()
    {
        using var scope = NewDisposeScope();
        Tensor activation = Streams.Update(2000, 192, new Generator(5));
        manual_seed(5);
        Tensor expected = randn(100);
        foreach (int threads in new[] { 1, 2 })
            WithThreads(threads, () =>
            {
                manual_seed(5);
                using SavedActivation first = new ResidualChain().Save(activation, ChainSteps.At(0, null)), second = new ResidualChain().Save(activation, ChainSteps.At(0, null));
                randn(100).IsSameAs(expected).ShouldBeTrue();
                return first.Restore().IsSameAs(second.Restore());
            }).ShouldBeTrue();
    }

    private static (byte[] Codes, byte[] Fine, Tensor Buffer) Run(int threads) => WithThreads(threads, () =>
    {
        var generator = new Generator(5);
        Tensor matrix = Streams.Update(3000, 192, generator), buffer = zeros(3000, 192), basis = randn(12, 192, generator: generator);
        FusedArithmetic arithmetic = FusedArithmetic.Instance;
        float[] energies = new float[3000];
        var rows = RowRuns.All(3000);
        Tensor difference = arithmetic.Difference(matrix, buffer, rows, energies);
        Tensor along = randn(3000, 12, generator: generator);
        Directions directions = new(basis, 5);
        Coefficients coefficients = arithmetic.Quantize(along, directions, ones(12, ScalarType.BFloat16), rows);
        var rotation = Rotation.Of(192, 1);
        Remainder remainder = arithmetic.Encode(difference, along, basis, rotation, new CodeLayout(8, 192), rows, buffer);
        using ResidualCode code = new() { Arithmetic = arithmetic, Device = CPU, Directions = directions, Coefficients = coefficients, Remainder = remainder };
        arithmetic.Add(buffer, code, rotation, rows, -1, 0);
        return (remainder.Codes.data<byte>().ToArray(), coefficients.Fine.data<byte>().ToArray(), buffer);
    });

    private static T WithThreads<T>(int threads, Func<T> work)
    {
        int before = get_num_threads();
        try
        {
            set_num_threads(threads);
            return work();
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
