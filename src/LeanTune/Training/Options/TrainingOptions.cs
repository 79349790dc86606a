namespace LeanTune.Training;

/// <summary>Length of the run, batches, evaluation and checkpoints.</summary>
public sealed record TrainingOptions
{
    /// <summary>How many optimizer steps the run has.</summary>
    /// <value>Default null: as many as <see cref="Epochs"/> come to.</value>
    public int? Steps { get; init; }

    /// <summary>Passes over the training examples, used when <see cref="Steps"/> is null.</summary>
    /// <value>Default 1.</value>
    public double Epochs { get; init; } = 1;

    /// <summary>Most sequences per micro-batch; with packing, most rows.</summary>
    /// <value>Default null: 4, or as many as <see cref="BatchTokens"/> allows where that is set.</value>
    public int? BatchSize { get; init; }

    /// <summary>Most tokens per micro-batch, with padding: many short sequences or few long ones.</summary>
    /// <value>Default null: as many as <see cref="BatchSize"/> sequences come to.</value>
    public int? BatchTokens { get; init; }

    /// <summary>Micro-batches per optimizer step; the step's loss is the mean over all their supervised tokens.</summary>
    /// <value>Default 1.</value>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>With a memory budget: whether batches may be cut into smaller ones whose gradients are added up. The step is the same, to rounding.</summary>
    /// <value>Default true.</value>
    public bool SplitBatches { get; init; } = true;

    /// <summary>Evaluate every so many steps, beside before the first and after the last; 0: only then.</summary>
    /// <value>Default 0.</value>
    public int EvaluateEvery { get; init; }

    /// <summary>Write a checkpoint every so many steps, beside the last; 0: only then.</summary>
    /// <value>Default 0.</value>
    public int SaveEvery { get; init; }

    /// <summary>How many of the newest checkpoints stay; the best by held-out loss stays beside them.</summary>
    /// <value>Default 1.</value>
    public int KeepCheckpoints { get; init; } = 1;

    /// <summary>End the run after so many evaluations in a row without a lower held-out loss.</summary>
    /// <value>Default null: the run takes all its steps.</value>
    public int? EarlyStopping { get; init; }

    /// <summary>Which weights are the run's result: those after the last step, or those with the lowest held-out loss.</summary>
    /// <value>Default <see cref="ResultWeights.Last"/>.</value>
    public ResultWeights Result { get; init; } = ResultWeights.Last;

    /// <summary>Seed of everything random in the run.</summary>
    /// <value>Default 0.</value>
    public ulong Seed { get; init; }

    /// <summary>Threads that compute; 0 leaves the choice to libtorch: one a physical core.</summary>
    /// <value>Default 0.</value>
    public int Threads { get; init; }

    /// <summary>Continue from the run folder's last checkpoint when there is one.</summary>
    /// <value>Default false: a run folder that holds a checkpoint is refused.</value>
    public bool Resume { get; init; }

    /// <summary>Before training, measure one step's activation memory of plain LoRA and of exact checkpointing beside this run's, and show the three.</summary>
    /// <value>Default false.</value>
    public bool CompareMemory { get; init; }
}

/// <summary>Which weights a run ends with.</summary>
public enum ResultWeights
{
    /// <summary>Those after the last step.</summary>
    Last,

    /// <summary>Those of the evaluation with the lowest held-out loss.</summary>
    Best,
}

/// <summary>Prompts to continue before and after training, or during it too.</summary>
public sealed record SampleOptions
{
    /// <summary>The text to continue, or several, each by itself.</summary>
    public required IReadOnlyList<string> Prompt { get; init; }

    /// <summary>Steps between samples during training.</summary>
    /// <value>Default 0: before the first step and after the last alone.</value>
    public int Every { get; init; }

    /// <summary>Most tokens to write.</summary>
    /// <value>Default 60.</value>
    public int MaxNewTokens { get; init; } = 60;

    /// <summary>Sampling temperature; 0 takes the likeliest token each time.</summary>
    /// <value>Default 0.8.</value>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Tokens are sampled from the smallest set that holds this share of the probability.</summary>
    /// <value>Default 0.95.</value>
    public double TopP { get; init; } = 0.95;
}
