using CsCheck;
using LeanTune.Activations;
using LeanTune.Activations.Codecs;
using LeanTune.Adapters.Peft;
using LeanTune.Models;
using LeanTune.Planning;
using static TorchSharp.torch;

namespace LeanTune.Tests.Planning;

/// <summary>The planner against a search through everything that it could have chosen.</summary>
public class MemoryPlannerTests
{
    private const int Blocks = 5;
    private const long Tile = 8L << 20;

    private static readonly BlockWay s_chain = new(ActivationMode.Layer, new ResidualChain(2)), s_ops = new(ActivationMode.Ops, new EightBit());

    private static readonly DecoderConfig s_config = new()
    {
        ModelType = "llama", Vocabulary = 512, Width = 256, FeedForward = 704, Blocks = Blocks, Heads = 4, KeyValueHeads = 2, HeadWidth = 64,
        NormEpsilon = 1e-5, Rotary = new RotaryConfig(10_000), MaxPositions = 8192, TiedEmbeddings = true,
        Windows = [.. Enumerable.Repeat<int?>(null, Blocks)], Rotated = [.. Enumerable.Repeat(true, Blocks)],
    };

    private static readonly AdaptedShape s_shape = AdaptedShape.Lora(s_config, new LoraConfig { Rank = 4, Alpha = 8, TargetModules = TargetModules.AllLinear, BaseModelNameOrPath = "" });
    private static readonly StepWork s_work = new(4, 512, 2048, ScalarType.Float32);
    private static readonly PlannerChoices s_choices = new([s_chain], [s_ops], BlockWay.Plain, SplitBatches: true, TileBytes: Tile, TightHeap: true);

    [Fact]
    public void No_plan_of_any_budget_is_beaten_by_one_that_fits()
    {
        MemoryPlanner planner = new(s_shape, s_work, s_choices);
        List<PlannedRun> all = [.. Everything()];
        (long least, long most) = (all.Min(run => run.Memory.High), all.Max(run => run.Memory.High));
        Gen.Long[least, most + 1].Sample(
            budget =>
            {
                PlannedRun best = planner.Best(budget, Seconds)!;
                best.Memory.High.ShouldBeLessThanOrEqualTo(budget);
                double fastest = all.Where(run => run.Memory.High <= budget).Min(run => run.Seconds);
                best.Seconds.ShouldBeLessThanOrEqualTo(fastest * 1.0101);
            },
            iter: 60, threads: 1);
    }

    [Fact]
    public void Below_the_least_there_is_no_plan_and_at_the_least_there_is_one()
    {
        MemoryPlanner planner = new(s_shape, s_work, s_choices);
        PlannedRun least = planner.Least();
        planner.Best(least.Memory.High - 1, Seconds).ShouldBeNull();
        planner.Best(least.Memory.High, Seconds).ShouldNotBeNull();
        // Mixed plans are not searched for the very least, of which they can win little: one block's transient.
        Everything().Min(run => run.Memory.High).ShouldBeInRange((long)(0.97 * least.Memory.High), least.Memory.High);
    }

    [Fact]
    public void With_memory_for_everything_all_is_kept_and_gradients_are_exact()
    {
        PlannedRun best = new MemoryPlanner(s_shape, s_work, s_choices).Best(long.MaxValue, Seconds)!;
        best.Plan.LossyBlocks.ShouldBe(0);
        best.Plan.MicroBatch.ShouldBe(4);
        best.Plan.Activations.Layers.ShouldAllBe(layer => layer.Mode == ActivationMode.None);
    }

    [Fact]
    public void Where_times_are_the_same_the_truer_gradients_win()
    {
        PlannerChoices choices = new([s_chain, BlockWay.Checkpointing], [], null, SplitBatches: false, TileBytes: Tile);
        PlannedRun best = new MemoryPlanner(s_shape, s_work, choices).Best(long.MaxValue, (way, _, _) => way.IsExact ? 1.005 : 1)!;
        best.Plan.LossyBlocks.ShouldBe(0);
    }

    [Fact]
    public void Batches_stay_whole_where_they_must_not_be_cut()
    {
        MemoryPlanner planner = new(s_shape, s_work, s_choices with { SplitBatches = false });
        planner.Least().Plan.MicroBatch.ShouldBe(4);
        planner.Least().Memory.High.ShouldBeGreaterThan(new MemoryPlanner(s_shape, s_work, s_choices).Least().Memory.High);
    }

    [Fact]
    public void Freed_memory_goes_back_at_once_only_where_time_must_be_paid_for_memory()
    {
        MemoryPlanner planner = new(s_shape, s_work, s_choices);
        planner.Least().Plan.TightHeap.ShouldBeTrue();
        planner.Best(long.MaxValue, Seconds)!.Plan.TightHeap.ShouldBeFalse();
        // What lies idle beside the least plan is paid for by the memory of keeping nothing more.
        RunPlan tight = planner.Least().Plan, loose = tight with { TightHeap = false };
        planner.Cost(loose, Seconds).ShouldSatisfyAllConditions(
            cost => cost.Seconds.ShouldBeLessThan(planner.Cost(tight, Seconds).Seconds),
            cost => cost.Memory.High.ShouldBeGreaterThan(planner.Cost(tight, Seconds).Memory.High),
            cost => planner.Best(cost.Memory.High, Seconds)!.Plan.TightHeap.ShouldBeFalse());
    }

    /// <summary>Keeping saves time, and small batches lose some.</summary>
    private static double Seconds(BlockWay way, long sequences, long tile) =>
        sequences * (1 + (0.1 / sequences)) * (way.Mode switch { ActivationMode.None => 1, ActivationMode.Ops => 1.03, _ => 1.35 });

    private static IEnumerable<PlannedRun> Everything()
    {
        MemoryPlanner planner = new(s_shape, s_work, s_choices);
        foreach ((long micro, bool tight) in new long[] { 4, 2, 1 }.SelectMany(micro => new[] { (micro, false), (micro, true) }))
            for (int ops = 0; ops <= Blocks; ops++)
                for (int plain = 0; plain <= Blocks - ops; plain++)
                {
                    (BlockWay, int)[] stretches = [.. new[] { (s_chain, Blocks - ops - plain), (s_ops, ops), (BlockWay.Plain, plain) }.Where(stretch => stretch.Item2 > 0)];
                    yield return planner.Cost(new RunPlan(stretches, micro, Tile, tight), Seconds);
                    yield return planner.Cost(new RunPlan([.. stretches.Reverse()], micro, Tile, tight), Seconds);
                }
    }
}
