using LeanTune.Activations;
using TorchSharp;

namespace LeanTune.Planning;

/// <summary>Expected memory of a whole training process, part by part, in bytes.</summary>
public sealed record ProcessEstimate
{
    /// <summary>What .NET and libtorch, their compiled kernels and their buffers take beside all that is counted: measured on Linux, x64.</summary>
    private const long RuntimeBytes = 265_000_000;

    /// <summary>Kernels that libtorch compiles for products of 16 bits, and their buffers.</summary>
    private const long NarrowKernelBytes = 45_000_000;

    /// <summary>What the tokenizer's tables take for each entry of the vocabulary.</summary>
    private const long VocabularyBytes = 700;

    private const double RuntimeSlack = 0.12;

    /// <summary>How far the count of activations is trusted.</summary>
    private const double ActivationSlack = 0.08;

    /// <summary>
    /// What the allocator holds free between what lives, as a share of the activations' peak, unless freed memory goes back at once. More where every block runs in mode ops: small
    /// pieces that are kept lie between large ones that are not. Measured, over two models and three shapes: 0 to 0.4, and 0.7 to 1.1 in mode ops.
    /// </summary>
    private const double HeapShare = 0.3, OpsHeapShare = 0.9;

    /// <summary>How far these shares are trusted.</summary>
    private const double HeapSlack = 0.6;

    /// <summary>The same where freed memory goes back at once: the small pieces of mode ops are not blocks that can.</summary>
    private const double TightOpsHeapShare = 0.25;

    private ProcessEstimate(IReadOnlyList<MemoryPart> parts, ActivationMemory activations) => (Parts, Activations) = (parts, activations);

    /// <summary>The parts, in the order in which they come to be.</summary>
    public IReadOnlyList<MemoryPart> Parts { get; }

    /// <summary>The activations by themselves.</summary>
    public ActivationMemory Activations { get; }

    /// <summary>Sum of the parts at their least.</summary>
    public long Low => Parts.Sum(part => part.Low);

    /// <summary>Sum of the parts as expected.</summary>
    public long Expected => Parts.Sum(part => part.Expected);

    /// <summary>Sum of the parts at their most: what a budget must hold.</summary>
    public long High => Parts.Sum(part => part.High);

    /// <summary>Adds the parts up.</summary>
    /// <param name="shape">Model and adapters.</param>
    /// <param name="work">The largest micro-batch.</param>
    /// <param name="plan">How blocks run.</param>
    /// <param name="dataTokens">Tokens of all examples, which are held in memory.</param>
    public static ProcessEstimate Of(AdaptedShape shape, StepWork work, RunPlan plan, long dataTokens)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(plan);
        StepWork micro = work.Split(Math.Min(work.Batch, plan.MicroBatch));
        ActivationMemory activations = StepMemory.Of(shape, micro, plan.Activations, plan.TileBytes);
        long size = micro.Dtype.ElementSize(), trained = shape.Trained * sizeof(float);
        bool atLoss = activations.PeakMoment == StepMoment.Loss;
        long logits = atLoss ? activations.LogitsBytes : 0;
        return new ProcessEstimate(
            [
                MemoryPart.About("runtime", RuntimeBytes + (size < sizeof(float) ? NarrowKernelBytes : 0) + (VocabularyBytes * shape.Config.Vocabulary), RuntimeSlack),
                MemoryPart.Sure("data", dataTokens * (sizeof(int) + sizeof(bool))),
                MemoryPart.Sure("weights", shape.TrainsAll ? 0 : shape.Config.Parameters * size),
                MemoryPart.Sure(shape.TrainsAll ? "trained weights" : "adapters", trained),
                MemoryPart.Sure("gradients", trained),
                MemoryPart.Sure("optimizer", 2 * trained),
                MemoryPart.About("kept activations", activations.KeptBytes, ActivationSlack),
                MemoryPart.About("logits chunk", logits, ActivationSlack),
                MemoryPart.About(atLoss ? "hidden states" : "largest block", activations.TransientBytes - logits, ActivationSlack),
                MemoryPart.About("allocator", (long)(HeapShareOf(plan) * activations.PeakBytes), HeapSlack),
            ],
            activations);
    }

    private static double HeapShareOf(RunPlan plan)
    {
        double ops = plan.Stretches.Where(stretch => stretch.Way.Mode == ActivationMode.Ops).Sum(stretch => stretch.Blocks) / Math.Max(1.0, plan.Activations.Layers.Count);
        return plan.TightHeap ? TightOpsHeapShare * ops : HeapShare + ((OpsHeapShare - HeapShare) * ops);
    }
}

/// <summary>One part of a process's memory, in bytes.</summary>
/// <param name="Name">For people.</param>
/// <param name="Low">At least.</param>
/// <param name="Expected">As counted.</param>
/// <param name="High">At most.</param>
public sealed record MemoryPart(string Name, long Low, long Expected, long High)
{
    /// <summary>A part that is known exactly.</summary>
    public static MemoryPart Sure(string name, long bytes) => new(name, bytes, bytes, bytes);

    /// <summary>A part that is known to a share.</summary>
    public static MemoryPart About(string name, long bytes, double share) => new(name, (long)(bytes * (1 - share)), bytes, (long)(bytes * (1 + share)));
}
