using LeanTune.Adapters;
using LeanTune.Models;
using static TorchSharp.torch;

namespace LeanTune.Tests.Models;

/// <summary>The adapter that the recorded fine-tuning starts from: B = 0, A from the counter hash that the goldens' README gives.</summary>
internal static class RecordedStart
{
    private const int Rank = 8;
    private const ulong RecordedSeed = 1001;

    /// <summary>A and B of every linear, in recorded order; the caller disposes them.</summary>
    /// <param name="model">Gives names and widths.</param>
    /// <param name="seed">0 for the recorded start; others are like it and share no draw with it.</param>
    public static IEnumerable<(LoraLinear Linear, Tensor A, Tensor B)> Adapters(Decoder model, int seed = 0)
    {
        ulong counter = RecordedSeed + ((ulong)seed << 32);
        foreach (LoraLinear linear in model.Linears)
        {
            float bound = (float)(1 / Math.Sqrt(linear.InputWidth));
            float[] values = new float[Rank * linear.InputWidth];
            for (int i = 0; i < values.Length; i++)
            {
                float u = (SplitMix(counter++) >> 40) / 16777216f;
                values[i] = ((2 * u) - 1) * bound;
            }

            yield return (linear, tensor(values, [Rank, linear.InputWidth]), zeros(linear.OutputWidth, Rank));
        }
    }

    private static ulong SplitMix(ulong x)
    {
        ulong z = x + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
