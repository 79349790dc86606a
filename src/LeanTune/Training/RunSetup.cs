using System.Globalization;
using System.Text.Json;
using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Metrics;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Optimization;
using LeanTune.Planning;
using LeanTune.Tokenization;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>Everything a run works with, put together from its options; the loop itself is <see cref="FineTuner"/>.</summary>
internal sealed class RunSetup : IDisposable
{
    private readonly FineTuneOptions _options;
    private readonly HubFolder _hub;
    private readonly Trainables _trainables;
    private readonly RunFolder _folder;
    private readonly MetricsLog _metrics;
    private readonly ExampleSet _train, _held;
    private readonly RunPlan _plan;
    private readonly RunPlanning _planning;
    private readonly RunMemory _memory;
    private readonly RunHistory _history = new();
    private List<Notice> _opening = []; // what was said before there was a file to record it in
    private readonly HeldOutEvaluation _evaluation;
    private readonly Action<TrainingEvent> _publish;

    private RunSetup(
        FineTuneOptions options, HubFolder hub, Tokenizer tokenizer, Trainables trainables, RunFolder folder, ExampleSet train, ExampleSet held,
        RunPlanning planning, RunPlan plan, long liveBefore, Action<TrainingEvent> publish)
    {
        (_planning, _plan) = (planning, plan);
        (_options, _hub, Tokenizer, _trainables, _folder, _train, _held, _publish) = (options, hub, tokenizer, trainables, folder, train, held, publish);
        OptimizerOptions o = options.Optimizer;
        Optimizer = new AdamW(trainables.Parameters, o.Beta1, o.Beta2, o.Epsilon, o.WeightDecay);
        Batches = Stream(train);
        TotalSteps = options.Training.Steps ?? Math.Max(1, (int)Math.Ceiling(BatchesOf(options.Training.Epochs) / options.Training.GradientAccumulation));
        Schedule = new LearningRateSchedule(options.Schedule.Shape, o.LearningRate, TotalSteps, options.Schedule.WarmupSteps, options.Schedule.FinalShare);
        Runner = new StepRunner(Model, plan.Activations, options.Training.Seed, plan.TileBytes);
        _memory = new RunMemory(planning, plan, Model, Parameters, Runner, options.Training.Seed, ProcessMemory.LiveBytes - liveBefore);
        _evaluation = new HeldOutEvaluation(options.Evaluation, BatchRules.Of(options), options.Training.Seed, Model, tokenizer, Runner, train, held);
        _metrics = MetricsSinks.Open(folder.Metrics, options.Metrics);
    }

    public Decoder Model => _trainables.Model;

    public FlatParameters Parameters => _trainables.Parameters;

    public Tokenizer Tokenizer { get; }

    public AdamW Optimizer { get; }

    public BatchStream Batches { get; }

    public LearningRateSchedule Schedule { get; }

    public StepRunner Runner { get; }

    public int TotalSteps { get; }

    /// <summary>Rows of a batch that go through the model at once: as many tokens as were planned for.</summary>
    public int PieceRows(Batch batch) => (int)Math.Clamp(_plan.MicroBatch * _planning.Work.Tokens / batch.InputIds.shape[1], 1, batch.Lengths.Count);

    /// <summary>Whether a resumed run had nothing left to do: what comes after training is recorded too.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Reads model, tokenizer and examples.</summary>
    public static RunSetup Open(FineTuneOptions options, Action<TrainingEvent> publish)
    {
        List<Notice> opening = [];
        void Notice(string message)
        {
            opening.Add(new Notice(message));
            publish(opening[^1]);
        }

        if (options.Training.Threads > 0) set_num_threads(options.Training.Threads);
        RunFolder folder = new(options.Output, options.Training.KeepCheckpoints);
        if (!options.Training.Resume && folder.LastCheckpoint() is { } checkpoint)
            throw new OptionsException("output", $"'{folder.Path}' already holds a run ({Path.GetFileName(checkpoint)}): go on with it by training.resume: true, or choose another folder");
        HubFolder hub = HubFolder.Open(options.Model.Path);
        Trainables? trainables = null;
        try
        {
            GrownVocabulary vocabulary = RunVocabulary.Of(options, hub, Notice);
            Tokenizer tokenizer = vocabulary.Tokenizer;
            if (tokenizer.Special.Doubt is { } doubt) Notice(doubt);
            (ExampleSet train, ExampleSet held) = RunExamples.Read(options.Data, hub.Path, tokenizer, Notice);
            HeldOutEvaluation.Check(options.Evaluation, train, held);
            RunPlanning planning = new(options, vocabulary.Grow(DecoderLoader.ReadConfig(hub)), WeightTypes.Of(options), train, held, vocabulary.NewIds);
            RunPlan plan = planning.Budget is not null && options.Training.Resume && folder.LastCheckpoint() is not null
                ? PlanFile.Read(Path.Combine(folder.Path, PlanFile.Name), planning.Ways, planning.Shape.Config.Blocks)
                : planning.Choose(Notice);
            publish(new MemoryPlanned(planning.Budget, planning.Machine.Free, plan.ToString(), planning.Estimate(plan)));
            if (plan.TightHeap) ProcessMemory.ReturnLargeBlocks();
            RunMemory.SetLibtorchUp();
            long before = ProcessMemory.LiveBytes;
            trainables = Load(options, hub, vocabulary, Notice);
            return new RunSetup(options, hub, tokenizer, trainables, folder, train, held, planning, plan, before, publish) { _opening = opening };
        }
        catch
        {
            trainables?.Dispose();
            hub.Dispose();
            throw;
        }
    }

    /// <summary>What a run would do with its memory, without its weights.</summary>
    public static TrainingForecast Forecast(FineTuneOptions options, Action<string> notice)
    {
        if (options.Training.Threads > 0) set_num_threads(options.Training.Threads);
        using HubFolder hub = HubFolder.Open(options.Model.Path);
        GrownVocabulary vocabulary = RunVocabulary.Of(options, hub, notice);
        (ExampleSet train, ExampleSet held) = RunExamples.Read(options.Data, hub.Path, vocabulary.Tokenizer, notice);
        return TrainingForecast.Of(new RunPlanning(options, vocabulary.Grow(DecoderLoader.ReadConfig(hub)), WeightTypes.Of(options), train, held, vocabulary.NewIds), notice);
    }

    /// <summary>What happened goes to metrics.jsonl, as far as it is recorded there, and to the observer.</summary>
    public void Publish(TrainingEvent e)
    {
        if (e is SampleGenerated sample) _history.AddSample(sample.Step, sample.Prompt);
        bool begins = e is RunStarted { FirstStep: 1 };
        if (begins || e is StepCompleted or EvaluationCompleted or SampleGenerated or MemoryCompared or MemoryMeasured or ActivationsKept or Notice) Record(e);
        if (begins) _opening.ForEach(Record);
        _publish(e);
    }

    private void Record(TrainingEvent e) => _metrics.Append(json => EventJson.Write(json, e));

    /// <summary>Measures the held-out examples; nothing when there are none, or when the run is asked to stop meanwhile.</summary>
    public void Evaluate(int step, CancellationToken cancel)
    {
        if (_held.Count == 0 || _evaluation.Run(step, cancel) is not { } done) return;
        bool best = _history.Add(step, done.Loss);
        Publish(done with { BestStep = _history.Best?.Step, BestLoss = _history.Best?.Loss });
        if (best && _options.Training.EvaluateEvery > 0) _folder.WriteBest(step, WriteWeights);
    }

    /// <summary>Keeps the step at which the run cannot go on, and says so.</summary>
    public DivergedException Diverged(int step, IReadOnlyList<Batch> micro, double loss, double norm)
    {
        string? folder = Path.Combine(_folder.Path, RunFolder.DivergedName);
        try
        {
            DivergedStep.Write(folder, step, micro, Parameters, loss);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _publish(new Notice($"the step could not be kept for looking at it again: {error.Message}"));
            folder = null;
        }

        return new DivergedException(step, loss, norm, folder);
    }

    /// <summary>Whether an evaluation after so many steps is due during training, and not made.</summary>
    public bool OwesEvaluation(int step) =>
        _options.Training.EvaluateEvery > 0 && step > 0 && step < TotalSteps && step % _options.Training.EvaluateEvery == 0 && !_history.Has(step);

    /// <summary>Sample prompts that were not continued after a step.</summary>
    public IReadOnlyList<string> PromptsLeft(int step) => [.. _history.Missing(_options.Sample?.Prompt ?? [], step)];

    /// <summary>Whether the held-out loss has stopped falling, for a run that is to end then.</summary>
    public bool StopsEarly => _options.Training.EarlyStopping is { } patience && _history.SinceBest >= patience;

    /// <summary>Whether the held-out examples were evaluated after a step.</summary>
    public bool HasEvaluated(int step) => _history.Has(step);

    /// <summary>Goes to the last checkpoint of the run folder, when the recipe asks for it and there is one.</summary>
    /// <returns>Steps taken.</returns>
    /// <exception cref="OptionsException">The checkpoint is one of another recipe, base model or set of examples.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint is damaged.</exception>
    public int Resume()
    {
        int step = 0;
        if (_options.Training.Resume && _folder.LastCheckpoint() is { } checkpoint)
        {
            RunState state = RunState.Read(checkpoint);
            state.RequireSame(StateAt(0, default));
            if (state.Step > TotalSteps || state.Position.Batch >= Batches.BatchesIn(state.Position.Epoch))
                throw new CheckpointFormatException(checkpoint, null, $"step {state.Step}, batch {state.Position.Batch} are beyond this run's {TotalSteps} steps and {Batches.BatchesIn(state.Position.Epoch)} batches an epoch");
            state.ReadNumbers(checkpoint, Parameters, Optimizer);
            Batches.Position = state.Position;
            step = state.Step;
        }

        // What was recorded after the checkpoint will be recorded again; what comes after training is, unless it is there in full.
        _metrics.CutAt(record =>
        {
            if (step == 0 || record?.Step is not { } at) return step > 0;
            if (at <= step) _history.Take(record);
            return at <= step;
        });
        bool last = step == TotalSteps || (step > 0 && StopsEarly);
        HasEnded = last && (_held.Count == 0 || HasEvaluated(step)) && PromptsLeft(step).Count == 0;
        if (last && !HasEnded)
        {
            _history.ForgetSamples(step);
            _metrics.CutAt(record => record is null or { Step: null } || record.Step < step || record.Event is "step" or "evaluation" or "notice");
        }

        _folder.KeepBest(_history.Best?.Step);
        return step;
    }

    /// <summary>Writes what the run was made of, before its first step.</summary>
    public void Prepare()
    {
        _folder.WriteJson("environment.json", EventJson.WriteEnvironment);
        _folder.WriteJson(PlanFile.Name, json => PlanFile.Write(json, _plan, _planning.Budget, _planning.Estimate(_plan)));
    }

    /// <summary>Writes a complete checkpoint; the oldest is removed afterwards.</summary>
    public void Save(int step, DataPosition position)
    {
        string folder = _folder.WriteCheckpoint(step, into =>
        {
            StateAt(step, position).Write(into, Parameters, Optimizer);
            if (_trainables.Config is not null) WriteWeights(into);
        });
        _folder.KeepBest(_history.Best?.Step);
        _publish(new CheckpointSaved(step, folder));
    }

    /// <summary>Writes the adapter, or the whole model when all weights were trained: as they are now or, where the recipe asks for the best, as they were then.</summary>
    /// <param name="step">Steps taken.</param>
    /// <returns>Its folder.</returns>
    public string WriteResult(int step)
    {
        _folder.KeepBest(_history.Best?.Step);
        string result = _trainables.Config is null ? _folder.Model : _folder.Adapter;
        if (_options.Training.Result == ResultWeights.Best && _history.Best is { } best && best.Step != step)
        {
            if (_folder.Best(best.Step) is { } folder)
            {
                AtomicFile.CopyFolder(Path.Combine(folder, Path.GetFileName(result)), result);
                _publish(new Notice(string.Create(CultureInfo.InvariantCulture, $"the result holds the weights after step {best.Step}, with the lowest held-out loss, {best.Loss:0.0000}")));
                return result;
            }

            _publish(new Notice($"the weights after step {best.Step}, the best, are gone from the run folder: the result holds those of the last step"));
        }

        WriteWeights(_folder.Path);
        return result;
    }

    /// <summary>Writes the adapter or the model into a folder's folder of that name.</summary>
    private void WriteWeights(string into)
    {
        if (_trainables.Config is not null) WriteAdapter(Path.Combine(into, Path.GetFileName(_folder.Adapter)));
        else ModelFolder.Write(Path.Combine(into, Path.GetFileName(_folder.Model)), _hub, Model, Tokenizer);
    }

    public RunStarted Started(int firstStep)
    {
        DecoderConfig config = Model.Config;
        long trainable = Parameters.Length;
        return new RunStarted(
            string.Create(CultureInfo.InvariantCulture, $"{config.ModelType}, {config.Blocks} blocks, width {config.Width}"),
            (_planning.Budget is null ? ActivationPlans.Describe(_options.Activations) : _plan.ToString()), firstStep, TotalSteps,
            config.Parameters + (_trainables.Config is null ? 0 : trainable), trainable, _train.Count, _held.Count,
            string.Create(CultureInfo.InvariantCulture, $"{Model.Device.type.ToString().ToLowerInvariant()}, {(Model.Dtype == ScalarType.BFloat16 ? "bf16" : "fp32")}, {get_num_threads()} threads"));
    }

    /// <summary>Runs the next batch, without touching the parameters, in three ways and measures each.</summary>
    public MemoryCompared CompareMemory()
    {
        DataPosition before = Batches.Position;
        using Batch batch = Batches.Next();
        Batches.Position = before;
        return _memory.Compare(batch);
    }

    /// <summary>Runs the longest batch that the examples can make, without touching the parameters, and says whether it fits.</summary>
    /// <exception cref="MemoryForecastException">It took more than the budget.</exception>
    public MemoryMeasured TryLongest()
    {
        using Batch batch = Batches.Longest();
        using Batch micro = batch.Rows(0, PieceRows(batch));
        return _memory.Try(micro, message => Publish(new Notice(message)));
    }

    /// <summary>What the longest batch keeps between forward and backward, and how much of it the backward pass gets back.</summary>
    public ActivationsKept LookAtActivations()
    {
        using Batch batch = Batches.Longest();
        using Batch micro = batch.Rows(0, PieceRows(batch));
        return new ActivationsKept(Runner.Kept) { Fidelity = _memory.Observe(micro) };
    }

    /// <summary>The comparison after the run; null where nothing was tried.</summary>
    public MemoryMeasured? MeasureAtEnd() => _memory.AtEnd();

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics.Dispose();
        Optimizer.Dispose();
        _trainables.Dispose();
        _hub.Dispose();
    }

    private void WriteAdapter(string folder)
    {
        PeftFolder.Write(folder, _trainables.Config!, _trainables.Factors(), tokens: _trainables.Tokens());
        RunVocabulary.Write(folder, _hub, Tokenizer);
    }

    private RunState StateAt(int step, DataPosition position) => new(
        step, position, _train.Fingerprint(), _trainables.FrozenFingerprint(), RunSettings.Of(_options, Model.Dtype, TotalSteps));

    private BatchStream Stream(ExampleSet examples) =>
        examples.Count == 0 ? null! : new BatchStream(examples, BatchRules.Of(_options), Tokenizer.Special.PadId ?? 0, _options.Training.Seed);

    /// <summary>Batches of so many epochs: each may have its own number of them.</summary>
    private double BatchesOf(double epochs)
    {
        if (BatchRules.Of(_options) is { PackTo: null, Tokens: long.MaxValue }) return epochs * Batches.BatchesPerEpoch;
        long whole = (long)epochs;
        double batches = (epochs - whole) * Batches.BatchesIn(whole);
        for (long epoch = 0; epoch < whole; epoch++) batches += Batches.BatchesIn(epoch);
        return batches;
    }

    private static Trainables Load(FineTuneOptions options, HubFolder hub, GrownVocabulary vocabulary, Action<string> notice)
    {
        ModelOptions model = options.Model;
        bool full = options.Adapter.Method == TrainingMethod.Full;
        ScalarType dtype = WeightTypes.Of(options);
        Decoder decoder = model.Start == WeightStart.Random
            ? DecoderLoader.Random(vocabulary.Grow(DecoderLoader.ReadConfig(hub)), options.Training.Seed)
            : DecoderLoader.Load(hub, dtype, notice, vocabulary.Growth);
        return full
            ? Trainables.Full(decoder)
            : Trainables.Lora(decoder, options.Adapter, model.HubId ?? HubIdOf(hub) ?? model.Path, options.Training.Seed, notice, vocabulary.NewIds);
    }

    private static string? HubIdOf(HubFolder hub) =>
        hub.Config.TryGetProperty("_name_or_path", out JsonElement name) && name.ValueKind == JsonValueKind.String && name.GetString() is { Length: > 0 } id ? id : null;
}
