using System.Globalization;
using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Metrics;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Optimization;
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
    private readonly JsonLinesFile _metrics;
    private readonly ExampleSet _train, _held;
    private readonly ActivationPlan _plan;
    private readonly Action<TrainingEvent> _publish;

    private RunSetup(
        FineTuneOptions options, HubFolder hub, Tokenizer tokenizer, Trainables trainables, RunFolder folder, ExampleSet train, ExampleSet held,
        Action<TrainingEvent> publish)
    {
        (_options, _hub, Tokenizer, _trainables, _folder, _train, _held, _publish) = (options, hub, tokenizer, trainables, folder, train, held, publish);
        OptimizerOptions o = options.Optimizer;
        Optimizer = new AdamW(trainables.Parameters, o.Beta1, o.Beta2, o.Epsilon, o.WeightDecay);
        Batches = Stream(train, options.Training.BatchSize);
        TotalSteps = options.Training.Steps ?? Math.Max(1, (int)Math.Ceiling(
            options.Training.Epochs * Batches.BatchesPerEpoch / options.Training.GradientAccumulation));
        Schedule = new LearningRateSchedule(options.Schedule.Shape, o.LearningRate, TotalSteps, options.Schedule.WarmupSteps, options.Schedule.FinalShare);
        _plan = PlanOf(options.Activations);
        Runner = new StepRunner(Model, _plan, options.Training.Seed, TileBytes);
        _metrics = new JsonLinesFile(folder.Metrics);
    }

    public Decoder Model => _trainables.Model;

    public FlatParameters Parameters => _trainables.Parameters;

    public Tokenizer Tokenizer { get; }

    public AdamW Optimizer { get; }

    public BatchStream Batches { get; }

    public LearningRateSchedule Schedule { get; }

    public StepRunner Runner { get; }

    public int TotalSteps { get; }

    private long TileBytes => (long)_options.Activations.TileMib << 20;

    /// <summary>Reads model, tokenizer and examples.</summary>
    public static RunSetup Open(FineTuneOptions options, Action<TrainingEvent> publish)
    {
        void Notice(string message) => publish(new Notice(message));
        if (options.Training.Threads > 0) set_num_threads(options.Training.Threads);
        RunFolder folder = new(options.Output);
        if (!options.Training.Resume && folder.LastCheckpoint() is { } checkpoint)
            throw new OptionsException("output", $"'{folder.Path}' already holds a run ({Path.GetFileName(checkpoint)}): go on with it by training.resume: true, or choose another folder");
        HubFolder hub = HubFolder.Open(options.Model.Path);
        Trainables? trainables = null;
        try
        {
            Tokenizer tokenizer = Tokenizer.Load(hub.Path);
            (ExampleSet train, ExampleSet held) = Examples(options.Data, tokenizer, Notice);
            trainables = Load(options, hub, Notice);
            return new RunSetup(options, hub, tokenizer, trainables, folder, train, held, publish);
        }
        catch
        {
            trainables?.Dispose();
            hub.Dispose();
            throw;
        }
    }

    public void Publish(TrainingEvent e)
    {
        if (e is SampleGenerated or MemoryCompared) _metrics.Append(json => EventJson.Write(json, e));
        _publish(e);
    }

    /// <summary>A step's numbers go to metrics.jsonl and to the observer.</summary>
    public void Record(StepCompleted done)
    {
        _metrics.Append(json => EventJson.Write(json, done));
        _publish(done);
    }

    /// <summary>Loss over all held-out examples; nothing when there are none, or when the run is asked to stop meanwhile.</summary>
    public void Evaluate(int step, CancellationToken cancel)
    {
        if (_held.Count == 0) return;
        long started = Environment.TickCount64;
        BatchStream stream = Stream(_held, _options.Training.BatchSize);
        double total = 0;
        long supervised = 0;
        for (int i = 0; i < stream.BatchesPerEpoch; i++)
        {
            if (cancel.IsCancellationRequested) return;
            using Batch batch = stream.Next();
            if (batch.SupervisedTokens == 0) continue;
            total += Runner.Evaluate(batch);
            supervised += batch.SupervisedTokens;
        }

        if (!double.IsFinite(total)) throw new DivergedException(step, total / supervised);
        EvaluationCompleted done = new(step, total / supervised, supervised, (Environment.TickCount64 - started) / 1000.0);
        _metrics.Append(json => EventJson.Write(json, done));
        _publish(done);
    }

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
            if (state.Step > TotalSteps || state.Position.Batch >= Batches.BatchesPerEpoch)
                throw new CheckpointFormatException(checkpoint, null, $"step {state.Step}, batch {state.Position.Batch} are beyond this run's {TotalSteps} steps and {Batches.BatchesPerEpoch} batches an epoch");
            state.ReadNumbers(checkpoint, Parameters, Optimizer);
            Batches.Position = state.Position;
            step = state.Step;
        }

        // What was recorded after the checkpoint will be recorded again.
        _metrics.CutAt(line => step > 0 && line.TryGetProperty("step", out JsonElement at) ? at.GetInt32() <= step : step > 0);
        return step;
    }

    /// <summary>Writes what the run was made of, before its first step.</summary>
    public void Prepare()
    {
        _folder.WriteJson("environment.json", EventJson.WriteEnvironment);
        _folder.WriteJson("plan.json", json => EventJson.WritePlan(json, _plan));
    }

    /// <summary>Writes a complete checkpoint; what was the last one is removed afterwards.</summary>
    public void Save(int step, DataPosition position)
    {
        string folder = _folder.WriteCheckpoint(step, into =>
        {
            StateAt(step, position).Write(into, Parameters, Optimizer);
            if (_trainables.Config is { } config) PeftFolder.Write(Path.Combine(into, "adapter"), config, _trainables.Factors());
        });
        _publish(new CheckpointSaved(step, folder));
    }

    /// <summary>Writes the adapter, or the whole model when all weights were trained.</summary>
    /// <returns>Its folder.</returns>
    public string WriteResult()
    {
        if (_trainables.Config is { } config)
        {
            PeftFolder.Write(_folder.Adapter, config, _trainables.Factors());
            return _folder.Adapter;
        }

        ModelFolder.Write(_folder.Model, _hub, Model);
        return _folder.Model;
    }

    public RunStarted Started(int firstStep)
    {
        DecoderConfig config = Model.Config;
        long trainable = Parameters.Length;
        return new RunStarted(
            string.Create(CultureInfo.InvariantCulture, $"{config.ModelType}, {config.Blocks} blocks, width {config.Width}"),
            ActivationPlans.Describe(_options.Activations), firstStep, TotalSteps,
            config.Parameters + (_trainables.Config is null ? 0 : trainable), trainable, _train.Count, _held.Count,
            string.Create(CultureInfo.InvariantCulture, $"{Model.Device.type.ToString().ToLowerInvariant()}, {(Model.Dtype == ScalarType.BFloat16 ? "bf16" : "fp32")}, {get_num_threads()} threads"));
    }

    /// <summary>Runs one batch, without touching the parameters, in three ways and measures each.</summary>
    public MemoryCompared CompareMemory()
    {
        DataPosition before = Batches.Position;
        using Batch batch = Batches.Next();
        Batches.Position = before;
        List<MemoryRow> rows =
        [
            Measure("plain LoRA", PlanOf(new ActivationOptions { Mode = ActivationMode.None }), batch, long.MaxValue),
            Measure("checkpointing", PlanOf(new ActivationOptions { Fidelity = Fidelity.Exact }), batch, long.MaxValue),
            Measure("this run", _plan, batch, TileBytes),
        ];
        Parameters.ZeroGradients();
        return new MemoryCompared(rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics.Dispose();
        Optimizer.Dispose();
        _trainables.Dispose();
        _hub.Dispose();
    }

    private MemoryRow Measure(string name, ActivationPlan plan, Batch batch, long tileBytes)
    {
        StepRunner runner = new(Model, plan, _options.Training.Seed, tileBytes);
        using PeakSampler memory = new();
        runner.Train(batch, 1.0 / Math.Max(1, batch.SupervisedTokens), 0);
        memory.Sample();
        return new MemoryRow(name, runner.KeptBytes, memory.PeakBytes);
    }

    private RunState StateAt(int step, DataPosition position) => new(
        step, position, _train.Fingerprint(), _trainables.FrozenFingerprint(), RunSettings.Of(_options, Model.Dtype, TotalSteps));

    private BatchStream Stream(ExampleSet examples, int batchSize) =>
        examples.Count == 0 ? null! : new BatchStream(examples, batchSize, Tokenizer.Special.PadId ?? 0, _options.Training.Seed);

    private ActivationPlan PlanOf(ActivationOptions options) => ActivationPlans.Of(options, Model.Config.Blocks);

    private static (ExampleSet Train, ExampleSet Held) Examples(DataOptions data, Tokenizer tokenizer, Action<string> notice)
    {
        TokenizerEncoder encoder = new(tokenizer);
        ExampleSet Read(string path) => ExampleSet.Load(path, data.Format, encoder, data.MaxLength, data.AppendEndToken, notice);
        (ExampleSet train, ExampleSet held) = data.Validation is { } validation
            ? (Read(data.Train), Read(validation))
            : Read(data.Train).Split(data.ValidationShare);
        return (train, data.MaxValidationExamples is { } most ? held.Take(most) : held);
    }

    private static Trainables Load(FineTuneOptions options, HubFolder hub, Action<string> notice)
    {
        ModelOptions model = options.Model;
        bool full = options.Adapter.Method == TrainingMethod.Full;
        ScalarType dtype = model.Dtype switch
        {
            WeightType.Fp32 => ScalarType.Float32,
            WeightType.Bf16 => ScalarType.BFloat16,
            _ => !full && CpuFeatures.HasBf16Products ? ScalarType.BFloat16 : ScalarType.Float32,
        };
        Decoder decoder = model.Start == WeightStart.Random
            ? DecoderLoader.Random(DecoderLoader.ReadConfig(hub), options.Training.Seed)
            : DecoderLoader.Load(hub, dtype, notice);
        return full
            ? Trainables.Full(decoder)
            : Trainables.Lora(decoder, options.Adapter, model.HubId ?? HubIdOf(hub) ?? model.Path, options.Training.Seed, notice);
    }

    private static string? HubIdOf(HubFolder hub) =>
        hub.Config.TryGetProperty("_name_or_path", out JsonElement name) && name.ValueKind == JsonValueKind.String && name.GetString() is { Length: > 0 } id ? id : null;
}
