namespace LeanTune.Training;

/// <summary>The held-out losses of a run so far: which was the best, and how long ago.</summary>
internal sealed class EvaluationHistory
{
    private readonly SortedDictionary<int, double> _losses = [];

    /// <summary>The evaluation with the lowest loss, the first of several; null when none was made during or after training. The model as it was before is no candidate.</summary>
    public (int Step, double Loss)? Best { get; private set; }

    /// <summary>Evaluations since the best one.</summary>
    public int SinceBest => Best is { } best ? _losses.Keys.Count(step => step > best.Step) : 0;

    /// <summary>Whether a step was evaluated.</summary>
    public bool Has(int step) => _losses.ContainsKey(step);

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
