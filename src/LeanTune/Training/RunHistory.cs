using LeanTune.Metrics;

namespace LeanTune.Training;

/// <summary>What a run has measured and written so far: its held-out losses, which was the best and how long ago, and its samples.</summary>
internal sealed class RunHistory
{
    private readonly SortedDictionary<int, double> _losses = [];
    private readonly Dictionary<int, List<string>> _prompts = []; // those continued, by step

    /// <summary>The evaluation with the lowest loss, the first of several; null when none was made during or after training. The model as it was before is no candidate.</summary>
    public (int Step, double Loss)? Best { get; private set; }

    /// <summary>Evaluations since the best one.</summary>
    public int SinceBest => Best is { } best ? _losses.Keys.Count(step => step > best.Step) : 0;

    /// <summary>Whether a step was evaluated.</summary>
    public bool Has(int step) => _losses.ContainsKey(step);

    /// <summary>Those prompts that were not continued after a step.</summary>
    public IEnumerable<string> Missing(IEnumerable<string> prompts, int step) => prompts.Except(_prompts.GetValueOrDefault(step) ?? [], StringComparer.Ordinal);

    /// <summary>Takes in a sample.</summary>
    public void AddSample(int step, string prompt)
    {
        if (!_prompts.TryGetValue(step, out List<string>? prompts)) _prompts[step] = prompts = [];
        prompts.Add(prompt);
    }

    /// <summary>As if no prompt had been continued after a step.</summary>
    public void ForgetSamples(int step) => _prompts.Remove(step);

    /// <summary>Takes in what was recorded of a step.</summary>
    public void Take(MetricsRecord record)
    {
        if (record.Step is not { } step) return;
        if (record.Event == MetricsRecord.EvaluationEvent) Add(step, record["loss"]);
        else if (record.Event == "sample" && record.Text("prompt") is { } prompt) AddSample(step, prompt);
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
