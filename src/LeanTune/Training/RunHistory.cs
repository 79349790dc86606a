using System.Text.Json;

namespace LeanTune.Training;

/// <summary>What a run has measured and written so far: its held-out losses, which was the best and how long ago, and its samples.</summary>
internal sealed class RunHistory
{
    private readonly SortedDictionary<int, double> _losses = [];
    private readonly Dictionary<int, int> _samples = []; // how many, by step

    /// <summary>The evaluation with the lowest loss, the first of several; null when none was made during or after training. The model as it was before is no candidate.</summary>
    public (int Step, double Loss)? Best { get; private set; }

    /// <summary>Evaluations since the best one.</summary>
    public int SinceBest => Best is { } best ? _losses.Keys.Count(step => step > best.Step) : 0;

    /// <summary>Whether a step was evaluated.</summary>
    public bool Has(int step) => _losses.ContainsKey(step);

    /// <summary>How many of the sample prompts were continued after a step.</summary>
    public int SamplesAt(int step) => _samples.GetValueOrDefault(step);

    /// <summary>Takes in a sample.</summary>
    public void AddSample(int step) => _samples[step] = SamplesAt(step) + 1;

    /// <summary>As if no prompt had been continued after a step.</summary>
    public void ForgetSamples(int step) => _samples.Remove(step);

    /// <summary>Takes in a line of metrics.jsonl that belongs to a step.</summary>
    public void Take(JsonElement line)
    {
        int step = line.GetProperty("step").GetInt32();
        string? name = line.GetProperty("event").GetString();
        if (name == "evaluation") Add(step, line.GetProperty("loss").GetDouble());
        else if (name == "sample") AddSample(step);
    }

    /// <summary>Takes in an evaluation.</summary>
    /// <param name="step">Steps taken.</param>
    /// <param name="loss">Mean over all supervised tokens; one that is no number is never the best.</param>
    /// <returns>Whether it is the best so far.</returns>
    public bool Add(int step, double loss)
    {
        _losses[step] = loss;
        bool better = step > 0 && double.IsFinite(loss) && (Best is not { } best || loss < best.Loss);
        if (better) Best = (step, loss);
        return better;
    }
}
