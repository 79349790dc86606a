using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Adapters.Peft;

/// <summary>Fresh A and B with PEFT's distributions: each value depends on the seed, the module's name and its own place only, not on threads or the modules' order.</summary>
public static class LoraInit
{
    private const long StreamA = 1, StreamB = 2;

    /// <summary>Draws both matrices of one module.</summary>
    /// <param name="module">The module's name.</param>
    /// <param name="rank">R.</param>
    /// <param name="inputWidth">in.</param>
    /// <param name="outputWidth">out.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="start">The distributions.</param>
    /// <returns>A (R, in) and B (out, R), fp32, on the CPU, without gradient; the caller disposes both.</returns>
    public static LoraFactors Draw(string module, int rank, int inputWidth, int outputWidth, ulong seed, LoraStart start = LoraStart.Default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputWidth, 1);
        SeededDraws draws = new SeededDraws(seed).For(module);
        using IDisposable gradients = no_grad();
        Tensor a = start == LoraStart.Gaussian
            ? draws.For(StreamA).Normal(rank, inputWidth).mul_(1.0 / rank)
            : Uniform(draws.For(StreamA), rank, inputWidth, 1 / Math.Sqrt(inputWidth)); // Kaiming's bound √(6 / ((1 + a²) in)) at PEFT's a = √5
        Tensor b = start == LoraStart.Random
            ? Uniform(draws.For(StreamB), outputWidth, rank, 1 / Math.Sqrt(rank))
            : zeros(outputWidth, rank);
        return new LoraFactors(module, a, b);
    }

    private static Tensor Uniform(SeededDraws draws, int rows, int columns, double bound) => draws.Uniform(0, rows, columns).mul_(2 * bound).sub_(bound);
}
