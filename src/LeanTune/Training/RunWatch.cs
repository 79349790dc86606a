using System.Globalization;
using LeanTune.Optimization;

namespace LeanTune.Training;

/// <summary>Looks at each step for what is seldom meant: a loss far above those before it, adapters that no gradient reaches.</summary>
/// <param name="parameters">What is trained. Borrowed.</param>
internal sealed class RunWatch(FlatParameters parameters)
{
    private const int Window = 50, LeastSteps = 20;

    /// <summary>A loss is a spike when it lies so many deviations, and half as much again as the median, above the median of those before it.</summary>
    private const double Deviations = 10;

    private const string Branch = ".lora_B.weight";

    private readonly Queue<double> _losses = new();
    private bool _first = true, _inSpike;

    /// <summary>What there is to say of a step; its gradients must still be there.</summary>
    public IEnumerable<string> After(StepCompleted done)
    {
        if (_first && DeadAdapters() is { } dead) yield return dead;
        _first = false;
        if (Spike(done) is { } spike) yield return spike;
    }

    private string? Spike(StepCompleted done)
    {
        double[] sorted = [.. _losses.Order()];
        _losses.Enqueue(done.Loss);
        if (_losses.Count > Window) _losses.Dequeue();
        if (sorted.Length < LeastSteps) return null;
        double median = sorted[sorted.Length / 2];
        double[] distances = [.. sorted.Select(loss => Math.Abs(loss - median)).Order()];
        // 1.4826: the median distance as a standard deviation, for a normal distribution.
        bool spike = done.Loss > median + Math.Max(Deviations * 1.4826 * distances[distances.Length / 2], 0.5 * Math.Abs(median));
        bool begins = spike && !_inSpike;
        _inSpike = spike;
        return begins
            ? string.Create(CultureInfo.InvariantCulture, $"step {done.Step}: the loss is {done.Loss:0.00}, far above {median:0.00}, the median of the {sorted.Length} steps before; gradient norm {done.GradientNorm:0.00}. If it does not come back, try a lower learning rate or a longer warm-up")
            : null;
    }

    private string? DeadAdapters()
    {
        List<(string Name, double Norm)> branches = [.. parameters.GradientNorms().Where(gradient => gradient.Name.EndsWith(Branch, StringComparison.Ordinal))];
        string[] dead = [.. branches.Where(branch => branch.Norm == 0).Select(branch => branch.Name[..^Branch.Length])];
        return dead.Length == 0 ? null
            : $"no gradient reached {dead.Length} of {branches.Count} adapters in the first step ({string.Join(", ", dead.Take(3))}{(dead.Length > 3 ? ", …" : "")}): they learn nothing as it is";
    }
}
