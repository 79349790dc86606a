using LeanTune.Activations;

namespace LeanTune.Planning;

/// <summary>Seconds that one block takes, forward and backward.</summary>
/// <param name="way">How it runs.</param>
/// <param name="sequences">Sequences at once.</param>
/// <param name="tileBytes">Bytes that its insides may take.</param>
public delegate double BlockSeconds(BlockWay way, long sequences, long tileBytes);

/// <summary>Finds the fastest way to train within a budget of memory.</summary>
/// <remarks>
/// Blocks are alike, so a plan is how many run which way, and in which order. The last blocks let go of what they keep before the others run
/// backward, so they may keep most; but where small tiles make computing again cheap in memory, it is better the other way round. Both orders
/// are looked at, for every size of micro-batch; memory is counted by <see cref="StepMemory"/>.
/// </remarks>
/// <param name="shape">Model and adapters.</param>
/// <param name="work">The longest batch.</param>
/// <param name="choices">What may be chosen.</param>
/// <param name="dataTokens">Tokens of all examples, which are held in memory.</param>
public sealed class MemoryPlanner(AdaptedShape shape, StepWork work, PlannerChoices choices, long dataTokens = 0)
{
    /// <summary>Times closer than this are the same, and the truer gradients win.</summary>
    private const double SameTime = 0.01;

    /// <summary>How much longer a step takes where freed memory goes back to the system at once: 1.21 to 1.56 in six comparisons of two models, on a machine with other jobs.</summary>
    private const double TightHeapTime = 1.35;

    /// <summary>How much longer a step takes when its batch is cut, beside what its blocks take: small blocks are measured in caches that a whole step has not for them.</summary>
    private const double CutTime = 1.05;

    private static readonly long[] s_tiles = [64L << 20, 32L << 20, 16L << 20, 8L << 20, 4L << 20];

    private readonly Dictionary<(string, long, long, bool), long> _peaks = [];

    private int Blocks => shape.Config.Blocks;

    /// <summary>The plan that needs least.</summary>
    public PlannedRun Least() =>
        Candidates().MinBy(plan => Estimate(plan).High) is { } least ? new PlannedRun(least, Estimate(least), 0) : throw new InvalidOperationException("There are no ways to choose from.");

    /// <summary>The fastest plan that fits; null when none does.</summary>
    /// <param name="budget">Bytes that the whole process may take.</param>
    /// <param name="seconds">What a block costs.</param>
    public PlannedRun? Best(long budget, BlockSeconds seconds)
    {
        ArgumentNullException.ThrowIfNull(seconds);
        PlannedRun? best = null;
        foreach ((long micro, bool tight) in MicroBatches().SelectMany(micro => Heaps().Select(tight => (micro, tight))))
        {
            foreach (PlannedRun found in Fitting(budget, micro, tight, seconds))
                if (best is null || Beats(found, best)) best = found;
            // Nothing is faster than keeping everything of whole batches.
            if (best?.Plan is { LossyBlocks: 0, TightHeap: false } plan && plan.MicroBatch == work.Batch && plan.Stretches.All(stretch => stretch.Way.Mode == ActivationMode.None || stretch.Blocks == 0)) break;
        }

        return best;
    }

    /// <summary>Memory and time of a plan.</summary>
    public PlannedRun Cost(RunPlan plan, BlockSeconds seconds) => new(plan, Estimate(plan), Seconds(plan, seconds));

    private IEnumerable<PlannedRun> Fitting(long budget, long micro, bool tight, BlockSeconds seconds)
    {
        foreach (long tile in Tiles())
        {
            bool any = false;
            foreach (BlockWay first in choices.First)
            {
                if (!Fits(Plan(first, null, 0, 0, micro, tile, tight), budget)) continue;
                any = true;
                foreach (RunPlan plan in Fullest(first, budget, micro, tile, tight)) yield return Cost(plan, seconds);
            }

            if (any) yield break; // smaller tiles are slower
        }
    }

    /// <summary>For each number of last blocks that keep everything, the plan with most blocks in the second way before them.</summary>
    private IEnumerable<RunPlan> Fullest(BlockWay first, long budget, long micro, long tile, bool tight)
    {
        int mostPlain = choices.Last is null ? 0 : Most(Blocks, count => Fits(Plan(first, null, 0, count, micro, tile, tight), budget));
        foreach (int plain in Enumerable.Range(0, mostPlain + 1))
        {
            // Whatever lies between can be left out: more of the way before only adds to it.
            if (plain > 0 && plain < mostPlain && plain % Math.Max(1, Blocks / 16) != 0) continue;
            if (choices.Second.Count == 0) yield return Plan(first, null, 0, plain, micro, tile, tight);
            foreach (BlockWay second in choices.Second)
            {
                int most = Most(Blocks - plain, count => Fits(Plan(first, second, count, plain, micro, tile, tight), budget));
                yield return Plan(first, second, most, plain, micro, tile, tight);
            }
        }
    }

    private IEnumerable<RunPlan> Candidates() =>
        from micro in MicroBatches()
        from tile in Tiles()
        from first in choices.First
        from tight in Heaps()
        select Plan(first, null, 0, 0, micro, tile, tight);

    private RunPlan Plan(BlockWay first, BlockWay? second, int seconds, int plain, long micro, long tile, bool tight)
    {
        List<(BlockWay, int)> stretches = [(first, Blocks - seconds - plain)];
        if (second is not null) stretches.Add((second, seconds));
        if (choices.Last is { } last) stretches.Add((last, plain));
        stretches.RemoveAll(stretch => stretch.Item2 == 0);
        RunPlan plan = new(stretches, micro, tile, tight);
        if (stretches.Count == 1) return plan;
        RunPlan reversed = new([.. Enumerable.Reverse(stretches)], micro, tile, tight);
        return High(reversed) < High(plan) ? reversed : plan;
    }

    private IEnumerable<long> MicroBatches()
    {
        yield return work.Batch;
        for (long micro = (work.Batch + 1) / 2; choices.SplitBatches && micro < work.Batch; micro = (micro + 1) / 2)
        {
            yield return micro;
            if (micro == 1) yield break;
        }
    }

    private bool[] Heaps() => choices.TightHeap ? [false, true] : [false];

    private long[] Tiles() => choices.TileBytes is { } given ? [given] : s_tiles;

    private bool Fits(RunPlan plan, long budget) => High(plan) <= budget;

    private long High(RunPlan plan)
    {
        (string, long, long, bool) key = (string.Join('|', plan.Stretches.Select(stretch => $"{stretch.Blocks} {stretch.Way}")), plan.MicroBatch, plan.TileBytes, plan.TightHeap);
        if (!_peaks.TryGetValue(key, out long high)) _peaks[key] = high = Estimate(plan).High;
        return high;
    }

    private ProcessEstimate Estimate(RunPlan plan) => ProcessEstimate.Of(shape, work, plan, dataTokens);

    private double Seconds(RunPlan plan, BlockSeconds seconds) =>
        (plan.TightHeap ? TightHeapTime : 1) * (plan.MicroBatch < work.Batch ? CutTime : 1) * work.Batch / plan.MicroBatch * plan.Stretches.Sum(stretch => stretch.Blocks * seconds(stretch.Way, plan.MicroBatch, plan.TileBytes));

    private static bool Beats(PlannedRun challenger, PlannedRun best)
    {
        if (challenger.Seconds < best.Seconds * (1 - SameTime)) return true;
        if (challenger.Seconds > best.Seconds * (1 + SameTime)) return false;
        return challenger.Plan.LossyBlocks != best.Plan.LossyBlocks ? challenger.Plan.LossyBlocks < best.Plan.LossyBlocks : challenger.Seconds < best.Seconds;
    }

    /// <summary>The largest number up to a limit for which something holds that holds for all smaller ones.</summary>
    private static int Most(int limit, Func<int, bool> holds)
    {
        (int low, int high) = (0, limit);
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (holds(middle)) low = middle;
            else high = middle - 1;
        }

        return low;
    }
}

/// <summary>What a planner may choose from.</summary>
/// <param name="First">Ways for the first blocks, which are computed again.</param>
/// <param name="Second">Ways for the blocks after them, which keep more and compute nothing again.</param>
/// <param name="Last">The way of the last blocks, which keep everything; null for none such.</param>
/// <param name="SplitBatches">Whether a batch may be cut into smaller ones whose gradients are added.</param>
/// <param name="TileBytes">Bytes that the insides of one block may take; null to choose.</param>
/// <param name="TightHeap">Whether freed memory may be given back to the system at once, where that can be told to the allocator.</param>
public sealed record PlannerChoices(IReadOnlyList<BlockWay> First, IReadOnlyList<BlockWay> Second, BlockWay? Last, bool SplitBatches = true, long? TileBytes = null, bool TightHeap = false);

/// <summary>A plan and what it costs.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Memory">What the process is expected to take.</param>
/// <param name="Seconds">Of all blocks, forward and backward, for one batch; 0 where it was not asked for.</param>
public sealed record PlannedRun(RunPlan Plan, ProcessEstimate Memory, double Seconds);
