using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Native;
using LeanTune.Optimization;
using LeanTune.Planning;
using static TorchSharp.torch;

namespace LeanTune.Training;

/// <summary>Measures what a run takes, beside what was expected: its longest batch before the first step, other ways to run a step, the process at the end.</summary>
/// <param name="planning">What was expected.</param>
/// <param name="plan">The plan in use.</param>
/// <param name="model">With adapters attached. Borrowed.</param>
/// <param name="parameters">What is trained; only gradients change here. Borrowed.</param>
/// <param name="runner">The run's own.</param>
/// <param name="seed">Seed of dropout and of the codecs' draws.</param>
/// <param name="loadedBytes">Live native bytes of model, adapters, gradients and optimizer.</param>
internal sealed class RunMemory(
    RunPlanning planning, RunPlan plan, Decoder model, FlatParameters parameters, StepRunner runner, ulong seed, long loadedBytes)
{
    private const string WholeProcess = "whole process";

    /// <summary>Where much small memory lies free between what lives, as in a large application's process, a trim takes long: then not every piece of work gets one.</summary>
    private static readonly TimeShare s_trims = new(0.05, ProcessMemory.Trim);

    private List<MeasuredPart>? _tried;
    private long _peakBefore; // of the process, before the operating system's peak was begun anew
    private bool _processMeasured = true;

    /// <summary>Lets libtorch load and set itself up: some 50 MiB that it allocates once are its own and no part of a model that is loaded afterwards.</summary>
    public static void SetLibtorchUp()
    {
        using Tensor matrix = ones(2, 2);
        using Tensor product = matrix.matmul(matrix);
    }

    /// <summary>Between two pieces of work: lets finalizers run, and gives back to the system what the allocator holds free between what lives.</summary>
    /// <remarks>
    /// Batches are of unequal length, and what one leaves free seldom fits the next: without this a process grows to half as much again as ever lives
    /// in it. Once a batch this costs little; for memory that is tight there is <see cref="ProcessMemory.ReturnLargeBlocks"/>.
    /// </remarks>
    public static void Return()
    {
        FinalizerGate.Rest();
        s_trims.Run();
    }

    /// <summary>The same for certain, before the process is measured anew.</summary>
    private static void GiveBack()
    {
        FinalizerGate.Rest();
        ProcessMemory.Trim();
    }

    /// <summary>Runs one batch in three ways and measures each.</summary>
    /// <param name="batch">The batch. Borrowed.</param>
    public MemoryCompared Compare(Batch batch)
    {
        _peakBefore = Math.Max(_peakBefore, ProcessMemory.PeakResidentBytes);
        ActivationPlan PlanOf(ActivationOptions options) => ActivationPlans.Of(options, model.Config.Blocks);
        List<MemoryRow> rows =
        [
            Measure("plain LoRA", PlanOf(new ActivationOptions { Mode = ActivationMode.None }), batch, long.MaxValue),
            Measure("checkpointing", PlanOf(new ActivationOptions { Fidelity = Fidelity.Exact }), batch, long.MaxValue),
            Measure("this run", plan.Activations, batch, plan.TileBytes),
        ];
        parameters.ZeroGradients();
        // The other ways are no part of this run: its process is measured without them.
        GiveBack();
        _processMeasured &= ProcessMemory.ResetPeak();
        return new MemoryCompared(rows);
    }

    /// <summary>Runs the longest batch and says whether it fits; where it does not, once more with freed memory given back to the system at once, which is how the run goes on then.</summary>
    /// <param name="micro">The batch, as the plan cuts it. Borrowed.</param>
    /// <param name="notice">Told of the second try.</param>
    /// <exception cref="MemoryForecastException">It took more than the budget.</exception>
    public MemoryMeasured Try(Batch micro, Action<string> notice)
    {
        try
        {
            return Try(micro);
        }
        catch (MemoryForecastException tooMuch) when (!plan.TightHeap && ProcessMemory.HasLiveBytes)
        {
            notice($"{tooMuch.Message.Split(", more than")[0]}: from here on freed memory goes back to the system at once, which takes time; trying again");
            Tighten();
            return Try(micro);
        }
    }

    private MemoryMeasured Try(Batch micro)
    {
        using PeakSampler memory = new();
        // Twice: when products of some size are computed for the first time libtorch allocates what it keeps for good, which is no activation.
        for (int pass = 0; pass < 2; pass++)
        {
            Return();
            memory.Restart();
            runner.Train(micro, 1.0 / Math.Max(1, micro.SupervisedTokens), 0);
            memory.Sample();
        }

        parameters.ZeroGradients();
        // Expected for this very batch: its rows may be shorter than the longest batch that was planned for.
        StepWork work = new(micro.Lengths.Count, micro.InputIds.shape[1], micro.SupervisedTokens, model.Dtype, micro.IsPacked);
        ActivationMemory expected = StepMemory.Of(planning.Shape, work, plan.Activations, plan.TileBytes);
        ProcessEstimate process = planning.Estimate(plan);
        long loaded = process.Parts.Where(part => part.Name is "weights" or "trained weights" or "adapters" or "gradients" or "optimizer").Sum(part => part.Expected);
        List<MeasuredPart> parts = [];
        if (ProcessMemory.HasLiveBytes)
            parts.AddRange(
            [
                new MeasuredPart("weights, adapters, gradients, optimizer", loaded, loadedBytes),
                new MeasuredPart("kept activations", expected.KeptBytes, runner.MeasuredKeptBytes),
                new MeasuredPart("activation peak", expected.PeakBytes, memory.PeakBytes),
            ]);
        _tried = parts;
        parts.Add(new MeasuredPart(WholeProcess, process.Expected, ProcessMemory.PeakResidentBytes));
        Return();
        if (planning.Budget is { } budget && parts[^1].MeasuredBytes > budget)
            throw new MemoryForecastException(
                $"the longest batch took {RunPlanning.MiB(parts[^1].MeasuredBytes)} of the {RunPlanning.MiB(budget)} allowed, more than the {RunPlanning.MiB(process.High)} expected at most. Nothing was trained.",
                planning.WaysOut(budget));
        return new MemoryMeasured(false, parts, planning.Budget);
    }

    /// <summary>Runs one batch as the run will, and looks at how much of each activation is kept; nothing where all of them are kept as they are.</summary>
    /// <param name="micro">The batch, as the plan cuts it. Borrowed.</param>
    public IReadOnlyList<SavedFidelity> Observe(Batch micro)
    {
        List<SavedFidelity> found = [];
        bool IsLossy(LayerPlan layer) => layer.Mode != ActivationMode.None && !layer.Codec.Lossless;
        if (!plan.Activations.Layers.Any(IsLossy)) return found;
        ActivationPlan observed = new([.. plan.Activations.Layers.Select(layer => IsLossy(layer) ? layer with { Codec = new MeasuredCodec(layer.Codec, found.Add) } : layer)]);
        new StepRunner(model, observed, seed, plan.TileBytes).Train(micro, 1.0 / Math.Max(1, micro.SupervisedTokens), 0);
        parameters.ZeroGradients();
        Return();
        return found;
    }

    /// <summary>From here on freed memory goes back to the system at once; the process is measured anew.</summary>
    private void Tighten()
    {
        ProcessMemory.ReturnLargeBlocks();
        GiveBack();
        _processMeasured &= ProcessMemory.ResetPeak();
    }

    /// <summary>The trial's parts, and the process at its highest over the whole run where that is known; null where nothing was tried.</summary>
    public MemoryMeasured? AtEnd()
    {
        if (_tried is null) return null;
        List<MeasuredPart> parts = [.. _tried.Where(part => part.Name != WholeProcess)];
        if (_processMeasured) parts.Add(new MeasuredPart(WholeProcess, planning.Estimate(plan).Expected, Math.Max(_peakBefore, ProcessMemory.PeakResidentBytes)));
        return new MemoryMeasured(true, parts, planning.Budget);
    }

    private MemoryRow Measure(string name, ActivationPlan other, Batch batch, long tileBytes)
    {
        StepRunner measured = new(model, other, seed, tileBytes);
        using PeakSampler memory = new();
        measured.Train(batch, 1.0 / Math.Max(1, batch.SupervisedTokens), 0);
        memory.Sample();
        return new MemoryRow(name, measured.KeptBytes, memory.PeakBytes);
    }
}
