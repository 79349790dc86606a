using LeanTune.Planning;

namespace LeanTune.Training;

/// <summary>What a run would do with its memory, found out without reading a weight.</summary>
/// <param name="BudgetBytes">What the process may take; null where the options name no budget.</param>
/// <param name="FreeBytes">What the machine has free.</param>
/// <param name="Work">The longest batch.</param>
/// <param name="Chosen">What <c>train</c> would choose; null where nothing fits.</param>
/// <param name="Least">What needs least.</param>
/// <param name="Checkpointing">Exact layer checkpointing of every block, whole batches, to compare with.</param>
/// <param name="Frontier">The fastest plan of each of several budgets, from least memory to most.</param>
/// <param name="WaysOut">Where nothing fits: what would.</param>
public sealed record TrainingForecast(
    long? BudgetBytes, long FreeBytes, StepWork Work, PlannedRun? Chosen, PlannedRun Least, PlannedRun Checkpointing, IReadOnlyList<PlannedRun> Frontier,
    IReadOnlyList<WayOut> WaysOut)
{
    /// <summary>Budgets between the least and the most that are looked at.</summary>
    private const int FrontierBudgets = 10;

    /// <summary>Makes the forecast of a planning.</summary>
    internal static TrainingForecast Of(RunPlanning planning, Action<string> notice)
    {
        MemoryPlanner planner = planning.Planner;
        using BlockTimer timer = new(planning.Shape, planning.Work, BlockTimer.DefaultCacheFile, notice);
        int blocks = planning.Shape.Config.Blocks;
        PlannedRun least = planner.Least();
        PlannedRun checkpointing = planner.Cost(RunPlan.Uniform(BlockWay.Checkpointing, blocks, planning.Work.Batch, planning.AsAsked.TileBytes), timer.Seconds);
        PlannedRun? chosen = planning.Budget is { } budget ? planner.Best(budget, timer.Seconds) : planner.Cost(planning.AsAsked, timer.Seconds);
        if (planning.Budget is null && chosen!.Memory.Expected > planning.Machine.Free) chosen = null;
        List<PlannedRun> frontier = [];
        PlannedRun most = planner.Cost(RunPlan.Uniform(BlockWay.Plain, blocks, planning.Work.Batch, planning.AsAsked.TileBytes), timer.Seconds);
        double ratio = Math.Max(1.001, most.Memory.High / (double)least.Memory.High);
        for (int i = 0; i < FrontierBudgets; i++)
        {
            long limit = (long)Math.Ceiling(least.Memory.High * Math.Pow(ratio, i / (FrontierBudgets - 1.0)));
            if (planner.Best(limit, timer.Seconds) is { } best && (frontier.Count == 0 || best.Seconds < frontier[^1].Seconds * 0.999)) frontier.Add(best);
        }

        return new TrainingForecast(planning.Budget, planning.Machine.Free, planning.Work, chosen, least, checkpointing, frontier,
            chosen is null ? planning.WaysOut(planning.Budget ?? planning.Machine.Free) : []);
    }
}
