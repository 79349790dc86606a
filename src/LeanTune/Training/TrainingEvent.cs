using System.Collections.ObjectModel;
using LeanTune.Activations;
using LeanTune.Planning;

namespace LeanTune.Training;

/// <summary>Something that happened in a run. Observers receive events; they cannot change the run.</summary>
public abstract record TrainingEvent;

/// <summary>The run is set up and about to take its first step.</summary>
/// <param name="Model">Family and size, for people.</param>
/// <param name="Plan">How blocks run and what they keep, for people.</param>
/// <param name="FirstStep">1, or the step a resumed run goes on with.</param>
/// <param name="TotalSteps">Optimizer steps of the whole run.</param>
/// <param name="Parameters">Numbers in the frozen model and adapters together.</param>
/// <param name="TrainableParameters">Numbers that are trained.</param>
/// <param name="TrainExamples">Training examples after dropping.</param>
/// <param name="ValidationExamples">Held-out examples.</param>
/// <param name="Device">Device, data type and threads, for people.</param>
public sealed record RunStarted(
    string Model, string Plan, int FirstStep, int TotalSteps, long Parameters, long TrainableParameters,
    int TrainExamples, int ValidationExamples, string Device) : TrainingEvent;

/// <summary>One optimizer step is done.</summary>
/// <param name="Step">Number of the step, from 1.</param>
/// <param name="Loss">Mean negative log-likelihood over the step's supervised tokens, in nats.</param>
/// <param name="LearningRate">Rate of this step.</param>
/// <param name="GradientNorm">Global L2 norm before clipping.</param>
/// <param name="SupervisedTokens">Tokens with a loss.</param>
/// <param name="RealTokens">Tokens without padding.</param>
/// <param name="PaddedTokens">Tokens with padding, all that were computed.</param>
/// <param name="Seconds">Wall time of the step.</param>
/// <param name="KeptBytes">Activation bytes held between forward and backward: as the codecs report them or, where a block keeps everything, as the allocator has them.</param>
/// <param name="PeakBytes">Highest live native bytes within the step minus those before it; 0 where the system cannot tell.</param>
/// <param name="LiveBytes">Live native bytes after the step; 0 where the system cannot tell.</param>
public sealed record StepCompleted(
    int Step, double Loss, double LearningRate, double GradientNorm, long SupervisedTokens, long RealTokens, long PaddedTokens,
    double Seconds, long KeptBytes, long PeakBytes, long LiveBytes) : TrainingEvent;

/// <summary>The held-out examples were evaluated.</summary>
/// <param name="Step">Optimizer steps taken so far; 0 before training.</param>
/// <param name="Loss">Mean negative log-likelihood over all supervised tokens, in nats.</param>
/// <param name="SupervisedTokens">Tokens with a loss.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record EvaluationCompleted(int Step, double Loss, long SupervisedTokens, double Seconds) : TrainingEvent
{
    /// <summary>e to the loss.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>The step of the run, since its beginning, after which the held-out loss was lowest; null before the first evaluation during training.</summary>
    public int? BestStep { get; init; }

    /// <summary>The loss then.</summary>
    public double? BestLoss { get; init; }

    /// <summary>What else was measured, by name: accuracy, macro_f1, exact_match, rouge1, rouge2, rouge_l, bleu; from 0 to 1.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = ReadOnlyDictionary<string, double>.Empty;
}

/// <summary>The sample prompt was continued.</summary>
/// <param name="Step">Optimizer steps taken so far.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Text">The continuation.</param>
public sealed record SampleGenerated(int Step, string Prompt, string Text) : TrainingEvent;

/// <summary>A checkpoint is complete on disk.</summary>
/// <param name="Step">Optimizer steps taken so far.</param>
/// <param name="Folder">Its folder.</param>
public sealed record CheckpointSaved(int Step, string Folder) : TrainingEvent;

/// <summary>Activation memory of one step, measured for several ways to run it.</summary>
/// <param name="Rows">One row a way.</param>
public sealed record MemoryCompared(IReadOnlyList<MemoryRow> Rows) : TrainingEvent;

/// <summary>One measured way to run a step.</summary>
/// <param name="Name">For people: plain LoRA, checkpointing, this run.</param>
/// <param name="KeptBytes">Activation bytes held between forward and backward.</param>
/// <param name="PeakBytes">Highest live native bytes within the step minus those before it.</param>
public sealed record MemoryRow(string Name, long KeptBytes, long PeakBytes);

/// <summary>What the longest batch kept between forward and backward, block by block.</summary>
/// <param name="Entries">One a block and kind, by block.</param>
public sealed record ActivationsKept(IReadOnlyList<SavedBytesEntry> Entries) : TrainingEvent
{
    /// <summary>How much of each tensor the backward pass gets back, in forward order; empty where all are kept as they are.</summary>
    public IReadOnlyList<SavedFidelity> Fidelity { get; init; } = [];
}

/// <summary>How the run is going to use memory.</summary>
/// <param name="BudgetBytes">What the whole process may take; null where nothing was asked for.</param>
/// <param name="FreeBytes">What the machine has free.</param>
/// <param name="Plan">The plan, for people.</param>
/// <param name="Expected">What it is expected to take, by part.</param>
public sealed record MemoryPlanned(long? BudgetBytes, long FreeBytes, string Plan, ProcessEstimate Expected) : TrainingEvent;

/// <summary>Memory as it was expected and as it was measured.</summary>
/// <param name="Finished">False after the longest batch was tried before the first step, true at the end of the run.</param>
/// <param name="Parts">What was compared.</param>
/// <param name="BudgetBytes">What the whole process may take; null where nothing was asked for.</param>
public sealed record MemoryMeasured(bool Finished, IReadOnlyList<MeasuredPart> Parts, long? BudgetBytes) : TrainingEvent;

/// <summary>A part of memory as expected and as measured.</summary>
/// <param name="Name">For people.</param>
/// <param name="ExpectedBytes">As counted beforehand.</param>
/// <param name="MeasuredBytes">As the allocator or the operating system has it.</param>
public sealed record MeasuredPart(string Name, long ExpectedBytes, long MeasuredBytes)
{
    /// <summary>Whether the two differ by more than a tenth, and by more than small change: worth a report.</summary>
    public bool Deviates => Math.Abs(MeasuredBytes - ExpectedBytes) > Math.Max(0.1 * ExpectedBytes, 8e6);
}

/// <summary>Something the user should know: rows cut or dropped, patterns without a match, settings that were changed.</summary>
/// <param name="Message">One sentence.</param>
/// <param name="Step">Optimizer steps taken, where it is about one of them.</param>
public sealed record Notice(string Message, int? Step = null) : TrainingEvent;

/// <summary>The run ended and everything is saved.</summary>
/// <param name="Step">Optimizer steps taken.</param>
/// <param name="Interrupted">Whether it was asked to stop before its last step, or before the evaluation and the sample after it.</param>
/// <param name="Result">Folder of the adapter, or of the model when all weights were trained.</param>
public sealed record RunFinished(int Step, bool Interrupted, string Result) : TrainingEvent;
