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

    /// <summary>The first sample.</summary>
    public SampleGenerated? FirstSample { get; private set; }

    /// <summary>The latest sample, when there are two.</summary>
    public SampleGenerated? LastSample { get; private set; }

    /// <summary>The measured comparison of activation memory, when the run makes one.</summary>
    public MemoryCompared? Memory { get; private set; }

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

    /// <summary>Loss as a moving average over about twenty steps.</summary>
    public double SmoothedLoss => _smoothedSum / _smoothedWeight;

    /// <summary>Tokens without padding per second, lately.</summary>
    public double TokensPerSecond => _recent.Sum(step => step.RealTokens) / Math.Max(1e-9, _recent.Sum(step => step.Seconds));

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
            case EvaluationCompleted evaluation when FirstEvaluation is null:
                FirstEvaluation = evaluation;
                break;
            case EvaluationCompleted evaluation:
                LastEvaluation = evaluation;
                break;
            case SampleGenerated sample when FirstSample is null:
                FirstSample = sample;
                break;
            case SampleGenerated sample:
                LastSample = sample;
                break;
            case MemoryCompared memory:
                Memory = memory;
                break;
            case RunFinished finished:
                Finished = finished;
                break;
        }
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
        _recent.Enqueue(step);
        if (_recent.Count > SpeedWindow)
            _recent.Dequeue();
    }
}
