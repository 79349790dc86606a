using LeanTune.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Generation;

/// <summary>Chooses the next token from logits: greedy, or by temperature and nucleus (Holtzman et al., arXiv 1904.09751).</summary>
/// <param name="options">How to choose.</param>
internal sealed class Sampler(SamplingOptions options)
{
    private readonly SeededDraws _draws = new(options.Seed);
    private long _drawn;

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">(V), fp32. Borrowed.</param>
    public int Next(Tensor logits)
    {
        using DisposeScope scope = NewDisposeScope();
        if (options.Temperature == 0) return (int)logits.argmax().item<long>();
        // Relative to the highest, and by no less than fp32 can divide by: a temperature near 0 must not overflow.
        Tensor scaled = (logits - logits.max()).div_(Math.Max(options.Temperature, 1e-30)).softmax(0);
        (Tensor probabilities, Tensor tokens) = scaled.sort(0, descending: true);
        float[] sorted = probabilities.data<float>().ToArray();
        double kept = 0;
        int count = 0;
        while (count < sorted.Length && kept < options.TopP) kept += sorted[count++];
        using Tensor uniform = _draws.For(_drawn++).Uniform(0, 1, 1);
        double target = uniform.item<float>() * kept;
        int chosen = 0;
        for (double sum = sorted[0]; chosen < count - 1 && sum <= target; sum += sorted[++chosen]) { }
        return (int)tokens[chosen].item<long>();
    }
}
