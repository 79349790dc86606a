using LeanTune.Adapters.Peft;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Planning;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>Decides how a run goes through its batches, from options, shapes and lengths alone: no weight has been read yet.</summary>
internal sealed class RunPlanning
{
    /// <summary>Tiles where neither recipe nor budget says.</summary>
    public const int DefaultTileMib = 64;

    private readonly FineTuneOptions _options;
    private readonly DecoderConfig _config;
    private readonly ExampleSet _train;
    private readonly IReadOnlyList<int> _newTokens;
    private readonly long _dataTokens;

    /// <param name="options">Validated.</param>
    /// <param name="config">The model, with the rows of new tokens.</param>
    /// <param name="dtype">Of weights and residual stream.</param>
    /// <param name="train">Training examples.</param>
    /// <param name="held">Held-out examples.</param>
    /// <param name="newTokens">Ids of new tokens, whose rows are trained.</param>
    public RunPlanning(FineTuneOptions options, DecoderConfig config, ScalarType dtype, ExampleSet train, ExampleSet held, IReadOnlyList<int>? newTokens = null)
    {
        (_options, _config, _train, _newTokens) = (options, config, train, newTokens ?? []);
        _dataTokens = train.Counts.Tokens + held.Counts.Tokens;
        Work = LongestBatch(train, options, dtype);
        Shape = ShapeOf(options.Adapter, config, _newTokens);
        Machine = MachineMemory.Read();
        if (options.Memory is { } text && MemoryBudget.TryParse(text, Machine, out long budget)) Budget = budget;
    }

    /// <summary>The longest batch that the examples can make.</summary>
    public StepWork Work { get; }

    /// <summary>Model and adapters.</summary>
    public AdaptedShape Shape { get; }

    /// <summary>What there is.</summary>
    public MachineMemory Machine { get; }

    /// <summary>Bytes that the process may take, where the recipe says so.</summary>
    public long? Budget { get; }

    /// <summary>What may be chosen.</summary>
    public PlannerChoices Choices => ActivationPlans.Choices(_options.Activations, _options.Training.SplitBatches);

    /// <summary>Every way that a plan of this recipe can hold.</summary>
    public IReadOnlyList<BlockWay> Ways => Budget is null ? [ActivationPlans.WayOf(_options.Activations)] : [.. Choices.First, .. Choices.Second, .. Choices.Last is { } last ? [last] : Array.Empty<BlockWay>()];

    /// <summary>A planner for this work.</summary>
    public MemoryPlanner Planner => new(Shape, Work, Choices, _dataTokens);

    /// <summary>The plan without a budget: what the options say.</summary>
    public RunPlan AsAsked =>
        RunPlan.Uniform(ActivationPlans.WayOf(_options.Activations), _config.Blocks, Work.Batch, (long)(_options.Activations.TileMib ?? DefaultTileMib) << 20);

    /// <summary>What a plan needs.</summary>
    public ProcessEstimate Estimate(RunPlan plan) => ProcessEstimate.Of(Shape, Work, plan, _dataTokens);

    /// <summary>The plan to train by.</summary>
    /// <param name="notice">Told of what is measured.</param>
    /// <exception cref="MemoryForecastException">Nothing fits.</exception>
    public RunPlan Choose(Action<string> notice)
    {
        if (Budget is not { } budget)
        {
            ProcessEstimate asked = Estimate(AsAsked);
            if (asked.Expected <= Machine.Free) return AsAsked;
            throw new MemoryForecastException(
                $"this run would need about {MiB(asked.Expected)} ({MiB(asked.High)} at most); the machine has {MiB(Machine.Free)} free. Nothing was loaded.",
                WaysOut(Machine.Free));
        }

        MemoryPlanner planner = Planner;
        PlannedRun least = planner.Least();
        if (least.Memory.High > budget)
            throw new MemoryForecastException(
                $"memory: {MiB(budget)} is too little: the least that this run can do with is {MiB(least.Memory.High)} ({least.Plan}). Nothing was loaded.",
                WaysOut(budget));
        using BlockTimer timer = new(Shape, Work, BlockTimer.DefaultCacheFile, notice);
        return planner.Best(budget, timer.Seconds)!.Plan;
    }

    /// <summary>The three cheapest changes that fit, or that help most.</summary>
    public IReadOnlyList<WayOut> WaysOut(long budget)
    {
        List<(WayOut Way, double Price)> ways = [];
        void Try(string change, string cost, double price, FineTuneOptions options, int? maxLength = null)
        {
            RunPlanning other = new(options with { Memory = null }, _config, options.Model.Dtype == WeightType.Bf16 ? ScalarType.BFloat16 : Work.Dtype, _train, new ExampleSet([]), _newTokens);
            StepWork work = maxLength is { } length ? other.Work with { Tokens = Math.Min(length, other.Work.Tokens), Supervised = Math.Min(other.Work.Supervised, other.Work.Batch * length) } : other.Work;
            MemoryPlanner planner = new(other.Shape, work, ActivationPlans.Choices(options.Activations, options.Training.SplitBatches), _dataTokens);
            PlannedRun least = planner.Least();
            ways.Add((new WayOut(change, least.Memory, cost), price));
        }

        FineTuneOptions all = _options with { Activations = _options.Activations with { Mode = null, TileMib = null, BlocksPerCheckpoint = 1 }, Training = _options.Training with { SplitBatches = true } };
        if (Budget is null) Try($"memory: {budget >> 20}MiB", "the fastest plan that fits is chosen; batches may be cut, gradients are the same to rounding", 0, all);
        else if (!_options.Training.SplitBatches) Try("training.split_batches: true", "the same step in smaller batches", 0, all);
        if (_options.Activations.Mode is not null) Try("activations.mode: leave it out", "blocks are computed again where needed: up to a third more time", 1, all);
        if (_options.Activations is { Codec: null, Fidelity: not Fidelity.Small }) Try("activations.fidelity: small", "gradients of cosine 0.95 instead of 0.99", 2, all with { Activations = all.Activations with { Fidelity = Fidelity.Small } });
        if (Work.Dtype == ScalarType.Float32 && _options.Adapter.Method == TrainingMethod.Lora) Try("model.dtype: bf16", "weights in half the bytes", 3, all with { Model = all.Model with { Dtype = WeightType.Bf16 } });
        int half = (int)Math.Max(2, Work.Tokens / 2);
        Try($"data.max_length: {half}", "longer examples are cut", 4, all, half);
        if (_options.Adapter is { Method: TrainingMethod.Lora, Rank: > 4, ContinueFrom: null })
            Try("adapter.rank: 4", "a smaller adapter", 5, all with { Adapter = all.Adapter with { Rank = 4 } });
        if (_options.Adapter.Method == TrainingMethod.Full) Try("adapter.method: lora", "an adapter is trained instead of all weights", 2.5, all with { Adapter = all.Adapter with { Method = TrainingMethod.Lora } });
        List<(WayOut Way, double Price)> fitting = [.. ways.Where(way => way.Way.Memory.High <= budget).OrderBy(way => way.Price).Take(3)];
        return [.. (fitting.Count > 0 ? fitting : ways.OrderBy(way => way.Way.Memory.High).Take(3)).Select(way => way.Way)];
    }

    /// <summary>Shapes of what is trained.</summary>
    public static AdaptedShape ShapeOf(AdapterOptions adapter, DecoderConfig config, IReadOnlyList<int>? newTokens = null)
    {
        AdaptedShape Lora(LoraConfig lora) => AdaptedShape.Lora(config, lora.WithTokens(newTokens ?? [], TrainedTokens.Tables(config)));
        if (adapter.Method == TrainingMethod.Full) return AdaptedShape.Full(config);
        if (adapter.ContinueFrom is { } folder)
        {
            using PeftAdapter read = PeftFolder.Read(folder);
            return Lora(read.Config);
        }

        return Lora(new LoraConfig
        {
            Rank = adapter.Rank, Alpha = adapter.Alpha, TargetModules = TargetModules.Parse(adapter.TargetModules), BaseModelNameOrPath = "",
        });
    }

    /// <summary>MiB, for messages.</summary>
    internal static string MiB(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1048576.0:#,0} MiB");

    private static StepWork LongestBatch(ExampleSet examples, FineTuneOptions options, ScalarType dtype)
    {
        BatchBounds bounds = BatchBounds.Of(examples, BatchRules.Of(options));
        return new StepWork(bounds.Rows, bounds.Tokens, bounds.Supervised, dtype, options.Data.Packing);
    }
}
