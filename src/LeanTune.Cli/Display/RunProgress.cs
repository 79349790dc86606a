using LeanTune.Training;

namespace LeanTune.Cli.Display;

/// <summary>What is known of a run so far, summed up from its events alone, so that displays and tests need no clock.</summary>
internal sealed class RunProgress
{
    /// <summary>Steps whose speed counts for the speed shown and the time left.</summary>
    private const int SpeedWindow = 20;

    /// <summary>Weight that the smoothed loss keeps of its past at each step.</summary>
    private const double Smoothing = 0.95;

    private readonly Queue<StepCompleted> _recent = new();
    private readonly LossHistory _losses = new();
    private readonly Dictionary<string, (int Step, double Value)> _bestScores = new(StringComparer.Ordinal);
    private double _smoothedSum;
    private double _smoothedWeight;

    /// <summary>The run's set-up, once it is known.</summary>
    public RunStarted? Started { get; private set; }

    /// <summary>The latest step.</summary>
    public StepCompleted? Last { get; private set; }

    /// <summary>The first evaluation: before training, unless the run was resumed.</summary>
    public EvaluationCompleted? FirstEvaluation { get; private set; }

    /// <summary>The latest evaluation, when there are two.</summary>
    public EvaluationCompleted? LastEvaluation { get; private set; }

    /// <summary>Step and loss of the evaluation with the lowest loss of the whole run, also of what was before it was resumed. The model as it was before training is no candidate.</summary>
    public (int Step, double Loss)? BestEvaluation { get; private set; }

    /// <summary>Evaluations after a step that this process made.</summary>
    public int Evaluations { get; private set; }

    /// <summary>The highest of each score that this process measured after a step, by name.</summary>
    public IReadOnlyDictionary<string, (int Step, double Value)> BestScores => _bestScores;

    /// <summary>The first samples: those of one step.</summary>
    public IReadOnlyList<SampleGenerated> FirstSamples { get; private set; } = [];

    /// <summary>The latest samples, of one step too, when they are not the first.</summary>
    public IReadOnlyList<SampleGenerated> LastSamples { get; private set; } = [];

    /// <summary>The measured comparison of activation memory, when the run makes one.</summary>
    public MemoryCompared? Memory { get; private set; }

    /// <summary>What the run may take and was planned to take.</summary>
    public MemoryPlanned? Planned { get; private set; }

    /// <summary>How the run ended.</summary>
    public RunFinished? Finished { get; private set; }

    /// <summary>Steps that this process took.</summary>
    public int Steps { get; private set; }

    /// <summary>Wall time of those steps, evaluation and saving left out.</summary>
    public double Seconds { get; private set; }

    /// <summary>Tokens with a loss in those steps.</summary>
    public long SupervisedTokens { get; private set; }

    /// <summary>Tokens without padding in those steps.</summary>
    public long RealTokens { get; private set; }

    /// <summary>Tokens with padding in those steps.</summary>
    public long PaddedTokens { get; private set; }

    /// <summary>Most activation bytes held by a step.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>Highest peak of a step; 0 where the system cannot tell.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Losses of the steps that this process took, as few enough numbers to draw.</summary>
    public IReadOnlyList<double> Losses => _losses.Means;

    /// <summary>Loss as a moving average over about twenty steps.</summary>
    public double SmoothedLoss => _smoothedSum / _smoothedWeight;

    /// <summary>Tokens without padding per second, lately.</summary>
    public double TokensPerSecond => PerSecond(step => step.RealTokens);

    /// <summary>Tokens with a loss per second, lately.</summary>
    public double SupervisedTokensPerSecond => PerSecond(step => step.SupervisedTokens);

    /// <summary>Tokens with padding per second, lately.</summary>
    public double PaddedTokensPerSecond => PerSecond(step => step.PaddedTokens);

    /// <summary>Seconds that the steps to come will take at the present speed.</summary>
    public double SecondsLeft => Started is null || Last is null ? double.NaN : (Started.TotalSteps - Last.Step) * _recent.Average(step => step.Seconds);

    /// <summary>Takes in one event.</summary>
    public void Apply(TrainingEvent happened)
    {
        switch (happened)
        {
            case RunStarted started:
                Started = started;
                break;
            case StepCompleted step:
                Apply(step);
                break;
            case EvaluationCompleted evaluation:
                Apply(evaluation);
                break;
            case SampleGenerated sample when FirstSamples is [] || FirstSamples[0].Step == sample.Step:
                FirstSamples = [.. FirstSamples, sample];
                break;
            case SampleGenerated sample:
                LastSamples = [.. LastSamples.Where(other => other.Step == sample.Step), sample];
                break;
            case MemoryCompared memory:
                Memory = memory;
                break;
            case MemoryPlanned planned:
                Planned = planned;
                break;
            case RunFinished finished:
                Finished = finished;
                break;
        }
    }

    private double PerSecond(Func<StepCompleted, long> tokens) => _recent.Sum(tokens) / Math.Max(1e-9, _recent.Sum(step => step.Seconds));

    private void Apply(EvaluationCompleted evaluation)
    {
        if (FirstEvaluation is null) FirstEvaluation = evaluation;
        else LastEvaluation = evaluation;
        if (evaluation.Step == 0) return;
        Evaluations++;
        if (evaluation is { BestStep: { } step, BestLoss: { } loss }) BestEvaluation = (step, loss);
        foreach ((string name, double value) in evaluation.Scores)
            if (!_bestScores.TryGetValue(name, out (int Step, double Value) best) || value > best.Value) _bestScores[name] = (evaluation.Step, value);
    }

    private void Apply(StepCompleted step)
    {
        Last = step;
        Steps++;
        Seconds += step.Seconds;
        SupervisedTokens += step.SupervisedTokens;
        RealTokens += step.RealTokens;
        PaddedTokens += step.PaddedTokens;
        KeptBytes = Math.Max(KeptBytes, step.KeptBytes);
        PeakBytes = Math.Max(PeakBytes, step.PeakBytes);
        _smoothedSum = _smoothedSum * Smoothing + step.Loss;
        _smoothedWeight = _smoothedWeight * Smoothing + 1;
        _losses.Add(step.Loss);
        _recent.Enqueue(step);
        if (_recent.Count > SpeedWindow)
            _recent.Dequeue();
    }
}
