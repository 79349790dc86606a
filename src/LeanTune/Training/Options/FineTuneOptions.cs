using LeanTune.Data;

namespace LeanTune.Training;

/// <summary>Everything a run needs to know: what a recipe file says, as one typed value.</summary>
public sealed record FineTuneOptions
{
    /// <summary>The model to start from.</summary>
    public required ModelOptions Model { get; init; }

    /// <summary>The examples.</summary>
    public required DataOptions Data { get; init; }

    /// <summary>What is trained: a LoRA adapter, or all weights.</summary>
    public AdapterOptions Adapter { get; init; } = new();

    /// <summary>What the backward pass keeps of the activations.</summary>
    public ActivationOptions Activations { get; init; } = new();

    /// <summary>How much memory the whole process may take: a size such as <c>6GiB</c>, a share of the free memory such as <c>80%</c>, or <c>auto</c>. The run is then planned to fit.</summary>
    /// <value>Default null: the run takes what <see cref="Activations"/> asks for, and is refused beforehand where the machine has not that much.</value>
    public string? Memory { get; init; }

    /// <summary>How weights move.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>How the learning rate changes over the run.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>Length of the run, batches, evaluation and checkpoints.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>What is measured on the held-out examples beside their loss.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Forms of the recorded numbers beside metrics.jsonl, which is always written: <c>csv</c> (metrics.csv), <c>tensorboard</c> (event files in tensorboard/).</summary>
    /// <value>Default empty.</value>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>Prompts to continue before and after training, or during it too.</summary>
    /// <value>Default null: none.</value>
    public SampleOptions? Sample { get; init; }

    /// <summary>The run folder: recipe, plan, metrics, checkpoints and adapter are written here. Made when it does not exist.</summary>
    public required string Output { get; init; }
}
