using System.Runtime.CompilerServices;
using LeanTune.Data;
using LeanTune.Generation;
using LeanTune.Native;
using Microsoft.Extensions.Logging;

namespace LeanTune.Training;

/// <summary>Fine-tunes a model: options in, a run folder with the adapter out. The loop below is the whole of it.</summary>
/// <remarks>A run uses one dedicated thread; <see cref="Run"/> blocks the calling thread, which receives the events.</remarks>
/// <param name="options">What to train, on what, and how.</param>
/// <param name="logger">Told of everything that happens, beside the observer; null for none. Nothing is written to the console.</param>
public sealed class FineTuner(FineTuneOptions options, ILogger? logger = null)
{
    /// <summary>Share of a step that looking for its peak of memory may take, twice: looks at every full moment cost a tenth of a step, and see 2 % more.</summary>
    private const double LooksShare = 0.005;

    /// <summary>Runs from the first step, or from the last checkpoint, to the last step.</summary>
    /// <param name="observer">Told of everything that happens, on the calling thread; null for none.</param>
    /// <param name="cancel">Finishes the current step, saves everything and returns with <see cref="RunFinished.Interrupted"/>.</param>
    /// <returns>How the run ended.</returns>
    /// <exception cref="OptionsException">An option is out of range, or the run folder belongs to another run.</exception>
    /// <exception cref="DataException">The examples cannot be used.</exception>
    /// <exception cref="Checkpoints.CheckpointFormatException">The model or the adapter cannot be read.</exception>
    /// <exception cref="MemoryForecastException">The run would not fit into its memory budget, or into the machine.</exception>
    /// <exception cref="DivergedException">Loss or gradients stopped being finite.</exception>
    /// <exception cref="IOException">A file cannot be read or written; the last checkpoint is intact.</exception>
    public RunFinished Run(Action<TrainingEvent>? observer = null, CancellationToken cancel = default)
    {
        options.Validate();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        return EventPump.Run(publish => Train(Logged(publish), stop.Token), observer, stop.Cancel);
    }

    /// <summary>The same run as a stream of its events, the last of which is <see cref="RunFinished"/>. Training goes on by itself, and waits when the reader falls 256 events behind.</summary>
    /// <param name="cancel">Finishes the current step, saves everything and ends the stream with <see cref="RunFinished.Interrupted"/>; so does leaving the loop, without the events that are left.</param>
    /// <inheritdoc cref="Run" path="/exception"/>
    public async IAsyncEnumerable<TrainingEvent> RunAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        options.Validate();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await foreach (TrainingEvent happened in EventPump.Stream(publish => Train(Logged(publish), stop.Token), stop.Cancel).ConfigureAwait(false)) yield return happened;
    }

    /// <summary>Looks at the batches of the first step, or of the step at which a run could not go on: what the model sees, the loss, and the gradient of every parameter. Trains nothing, writes nothing.</summary>
    /// <param name="diverged"><see cref="DivergedException.Folder"/>, or its run folder; null for the first step.</param>
    /// <param name="notice">Told of what the user should know.</param>
    /// <inheritdoc cref="Run" path="/exception"/>
    public BatchReport LookAtBatch(string? diverged = null, Action<string>? notice = null)
    {
        options.Validate();
        string aside = Directory.CreateTempSubdirectory("leantune-").FullName;
        try
        {
            FineTuneOptions here = options with { Output = aside, Metrics = [], Training = options.Training with { Resume = false } };
            return EventPump.Run(publish => BatchReport.Of(here, diverged, publish), happened =>
            {
                if (happened is Notice said) notice?.Invoke(said.Message);
            }, () => { });
        }
        finally
        {
            Directory.Delete(aside, recursive: true);
        }
    }

    /// <summary>Says what <see cref="Run"/> would do with its memory: reads the examples and config.json, and measures one block with random weights.</summary>
    /// <param name="notice">Told of what is read and measured.</param>
    /// <exception cref="OptionsException">An option is out of range.</exception>
    /// <exception cref="DataException">The examples cannot be used.</exception>
    /// <exception cref="Checkpoints.CheckpointFormatException">config.json or the tokenizer cannot be read.</exception>
    public TrainingForecast Forecast(Action<string>? notice = null)
    {
        options.Validate();
        return RunSetup.Forecast(options, notice ?? (_ => { }));
    }

    /// <summary>The run itself, on the calling thread; events arrive at the very moment they happen.</summary>
    internal RunFinished Train(Action<TrainingEvent> publish, CancellationToken cancel)
    {
        SignalStack.Enlarge();
        using FinalizerGate.Hold hold = FinalizerGate.Close();
        using RunSetup run = RunSetup.Open(options, publish);
        int step = run.Resume(); // steps taken
        if (step == 0) run.Prepare();
        run.Publish(run.Started(firstStep: step + 1));
        if (step == 0 && !cancel.IsCancellationRequested)
        {
            run.Publish(run.TryLongest());
            run.Publish(run.LookAtActivations());
        }

        if (step == 0) BeforeTraining(run, cancel);

        using BatchPrefetcher batches = new(run.Batches);
        using PeakSampler memory = new(LooksShare);
        RunWatch watch = new(run.Parameters);
        // Asked to stop during an evaluation or a sample, a run owes it.
        EvaluateAndSample(run, step, cancel);
        while (step < run.TotalSteps && !run.StopsEarly && !cancel.IsCancellationRequested)
        {
            StepCompleted done = Step(run, batches, memory, step + 1);
            step++;
            run.Publish(done);
            foreach (string warning in watch.After(done)) run.Publish(new Notice(warning, step));
            RunMemory.Return();
            EvaluateAndSample(run, step, cancel);
            if (step < run.TotalSteps && !cancel.IsCancellationRequested && Due(options.Training.SaveEvery, step)) run.Save(step, batches.Position);
        }

        run.Save(step, batches.Position);
        bool ended = step == run.TotalSteps || (step > 0 && run.StopsEarly);
        if (ended && step < run.TotalSteps) publish(new Notice($"stopped early after step {step}: {options.Training.EarlyStopping} evaluations in a row without a lower held-out loss"));
        if (ended && !run.HasEnded) AfterTraining(run, step, cancel);
        // Asked to stop after the last step, a run still owes what comes after training: it is resumed as any other.
        bool interrupted = !ended || (cancel.IsCancellationRequested && !run.HasEnded);
        if (run.MeasureAtEnd() is { } measured) run.Publish(measured);
        RunFinished finished = new(step, interrupted, run.WriteResult(step));
        publish(finished);
        return finished;
    }

    /// <summary>One optimizer step over all its micro-batches; every supervised token of the step weighs the same.</summary>
    private StepCompleted Step(RunSetup run, BatchPrefetcher batches, PeakSampler memory, int step)
    {
        long started = Environment.TickCount64;
        int count = options.Training.GradientAccumulation;
        Batch[] micro = [.. Enumerable.Range(0, count).Select(_ => batches.Next())];
        try
        {
            long supervised = micro.Sum(batch => batch.SupervisedTokens);
            memory.Restart();
            run.Parameters.ZeroGradients();
            double loss = 0;
            for (int i = 0; i < count; i++)
            {
                loss += Train(run, micro[i], 1.0 / supervised, ((long)(step - 1) * count) + i);
                if (i < count - 1) RunMemory.Return();
            }

            double norm = run.Parameters.GradientNorm();
            if (!double.IsFinite(loss) || !double.IsFinite(norm)) throw run.Diverged(step, micro, loss, norm);
            if (options.Optimizer.MaxGradientNorm is { } limit) run.Parameters.ClipGradients(norm, limit);
            double rate = run.Schedule.At(step);
            run.Optimizer.Step(rate);
            memory.Sample();
            return new StepCompleted(
                step, loss, rate, norm, supervised, micro.Sum(batch => batch.RealTokens), micro.Sum(batch => batch.PaddedTokens),
                (Environment.TickCount64 - started) / 1000.0, run.Runner.KeptBytes, memory.PeakBytes, ProcessMemory.LiveBytes);
        }
        finally
        {
            foreach (Batch batch in micro) batch.Dispose();
        }
    }

    /// <summary>A batch, or its pieces where the plan cuts it: gradients add up all the same.</summary>
    internal static double Train(RunSetup run, Batch batch, double scale, long index)
    {
        if (batch.SupervisedTokens == 0) return 0;
        int most = run.PieceRows(batch);
        if (batch.Lengths.Count <= most) return run.Runner.Train(batch, scale, index);
        double loss = 0;
        for (int first = 0, piece = 0; first < batch.Lengths.Count; first += most, piece++)
        {
            using Batch rows = batch.Rows(first, Math.Min(most, batch.Lengths.Count - first));
            if (rows.SupervisedTokens > 0) loss += run.Runner.Train(rows, scale, index, piece);
            // As when the longest piece was tried: what the piece before left free does not count.
            RunMemory.Return();
        }

        return loss;
    }

    private Action<TrainingEvent> Logged(Action<TrainingEvent> publish) => logger is null ? publish : happened =>
    {
        TrainingLog.Write(logger, happened);
        publish(happened);
    };

    private void BeforeTraining(RunSetup run, CancellationToken cancel)
    {
        run.Evaluate(0, cancel);
        Sample(run, 0, cancel);
        if (options.Training.CompareMemory && !cancel.IsCancellationRequested) run.Publish(run.CompareMemory());
    }

    /// <summary>What is due after so many steps, during training.</summary>
    private void EvaluateAndSample(RunSetup run, int step, CancellationToken cancel)
    {
        if (run.OwesEvaluation(step)) run.Evaluate(step, cancel);
        if (options.Sample is { Every: > 0 and var every } && step > 0 && step < run.TotalSteps && step % every == 0) Sample(run, step, cancel);
    }

    private void AfterTraining(RunSetup run, int step, CancellationToken cancel)
    {
        if (!run.HasEvaluated(step)) run.Evaluate(step, cancel);
        Sample(run, step, cancel);
    }

    private void Sample(RunSetup run, int step, CancellationToken cancel)
    {
        if (options.Sample is not { } sample) return;
        SamplingOptions how = new()
        {
            MaxNewTokens = sample.MaxNewTokens, Temperature = sample.Temperature, TopP = sample.TopP, Seed = options.Training.Seed,
        };
        foreach (string prompt in run.PromptsLeft(step))
        {
            if (cancel.IsCancellationRequested) return;
            string text = new TextGenerator(run.Model, run.Tokenizer).Generate(prompt, how, cancel: cancel);
            if (cancel.IsCancellationRequested) return;
            run.Publish(new SampleGenerated(step, prompt, text));
            RunMemory.Return();
        }
    }

    private static bool Due(int every, int step) => every > 0 && step % every == 0;
}
