using LeanTune.Data;
using LeanTune.Native;

namespace LeanTune.Training;

/// <summary>One step's batches, looked at before or instead of training: what the model sees, and what it makes of it. Nothing is changed or written.</summary>
/// <param name="Step">The step that it is, from 1.</param>
/// <param name="Shapes">Rows and tokens of each micro-batch, with padding.</param>
/// <param name="SupervisedTokens">Tokens with a loss.</param>
/// <param name="Examples">All examples, as text.</param>
/// <param name="Loss">Mean negative log-likelihood over the supervised tokens, in nats.</param>
/// <param name="Gradients">Norm of each trained parameter's gradient, in the order of the model.</param>
public sealed record BatchReport(
    int Step, IReadOnlyList<(long Rows, long Tokens)> Shapes, long SupervisedTokens, IReadOnlyList<ShownExample> Examples, double Loss, IReadOnlyList<(string Name, double Norm)> Gradients)
{
    /// <summary>Norm of all gradients together.</summary>
    public double GradientNorm => Math.Sqrt(Gradients.Sum(gradient => gradient.Norm * gradient.Norm));

    /// <summary>Runs the first step's batches, or those that a run ended at, forward and backward.</summary>
    /// <param name="options">The run, with a folder of its own.</param>
    /// <param name="diverged">What <see cref="DivergedStep"/> wrote, or null for the first step.</param>
    /// <param name="publish">Told of notices.</param>
    internal static BatchReport Of(FineTuneOptions options, string? diverged, Action<TrainingEvent> publish)
    {
        SignalStack.Enlarge();
        using FinalizerGate.Hold hold = FinalizerGate.Close();
        using RunSetup run = RunSetup.Open(options, publish);
        (int step, Batch[] micro) = diverged is null
            ? (1, Enumerable.Range(0, options.Training.GradientAccumulation).Select(_ => run.Batches.Next()).ToArray())
            : DivergedStep.Read(diverged, run.Parameters, run.Tokenizer.Special.PadId ?? 0);
        try
        {
            long supervised = micro.Sum(batch => batch.SupervisedTokens);
            run.Parameters.ZeroGradients();
            double loss = 0;
            for (int i = 0; i < micro.Length; i++) loss += FineTuner.Train(run, micro[i], 1.0 / Math.Max(1, supervised), ((long)(step - 1) * micro.Length) + i);
            return new BatchReport(
                step, [.. micro.Select(batch => (batch.InputIds.shape[0], batch.InputIds.shape[1]))], supervised,
                [.. micro.SelectMany(batch => batch.ToExamples()).SelectMany(row => row).Select(example => ShownExample.Of(example, run.Tokenizer))],
                loss, run.Parameters.GradientNorms());
        }
        finally
        {
            foreach (Batch batch in micro) batch.Dispose();
        }
    }
}
