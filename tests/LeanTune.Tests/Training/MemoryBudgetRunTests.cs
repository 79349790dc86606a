using LeanTune.Data;
using LeanTune.Planning;
using LeanTune.Training;
using static TorchSharp.torch;

namespace LeanTune.Tests.Training;

/// <summary>Runs that are told how much memory they may take.</summary>
public sealed class MemoryBudgetRunTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_run_with_room_says_what_it_chose_tries_its_longest_batch_and_compares_at_the_end()
    {
        (_, List<TrainingEvent> events) = TinyRun.Run(Budgeted("run", "100%"));
        MemoryPlanned planned = events.OfType<MemoryPlanned>().Single();
        planned.BudgetBytes!.Value.ShouldBeGreaterThan(0);
        planned.Plan.ShouldContain("none"); // a tiny model: everything fits
        events.OfType<MemoryMeasured>().Select(measured => measured.Finished).ShouldBe([false, true]);
        events.OfType<MemoryMeasured>().First().Parts.Select(part => part.Name).ShouldContain("activation peak");
        events.IndexOf(events.OfType<MemoryMeasured>().First()).ShouldBeLessThan(events.IndexOf(events.OfType<StepCompleted>().First()));
        File.ReadAllText(Path.Combine(_tiny.Path("run"), "plan.json")).ShouldContain("\"budget_bytes\"");
    }

    [Theory]
    [InlineData(true, 2, null)]
    [InlineData(false, null, 150)]
    public void Packed_and_budgeted_batches_are_tried_and_compared(bool packing, int? size, int? tokens)
    {
        FineTuneOptions options = Budgeted("run", "100%");
        options = options with { Data = options.Data with { Packing = packing }, Training = options.Training with { BatchSize = size, BatchTokens = tokens } };
        (_, List<TrainingEvent> events) = TinyRun.Run(options);
        MemoryMeasured tried = events.OfType<MemoryMeasured>().First();
        MeasuredPart peak = tried.Parts.Single(part => part.Name == "activation peak");
        peak.Deviates.ShouldBeFalse($"{peak}");
        events.OfType<StepCompleted>().ShouldNotBeEmpty();
    }

    [Fact]
    public void A_budget_below_the_least_is_refused_before_anything_is_loaded_with_the_least_and_ways_out()
    {
        File.Delete(Path.Combine(_tiny.Model, "model.safetensors")); // nothing of it may be read
        MemoryForecastException refused = Should.Throw<MemoryForecastException>(() => TinyRun.Run(Budgeted("run", "10MiB")));
        refused.Message.ShouldContain("10 MiB");
        refused.Message.ShouldContain("the least that this run can do with is");
        refused.WaysOut.Count.ShouldBeInRange(1, 3);
        refused.WaysOut.ShouldAllBe(way => way.Memory.High > 0 && way.Change.Contains(':'));
    }

    [Fact]
    public void A_resumed_run_keeps_its_plan_and_ends_as_one_without_interruption()
    {
        FineTuneOptions straight = Budgeted("straight", "100%"), broken = Budgeted("broken", "100%");
        TinyRun.Run(straight);
        TinyRun.RunUntil(broken, 2);
        string plan = File.ReadAllText(Path.Combine(broken.Output, "plan.json"));
        TinyRun.Run(broken with { Training = broken.Training with { Resume = true } });
        File.ReadAllText(Path.Combine(broken.Output, "plan.json")).ShouldBe(plan);
        File.ReadAllBytes(Path.Combine(broken.Output, "adapter", "adapter_model.safetensors")).ShouldBe(File.ReadAllBytes(Path.Combine(straight.Output, "adapter", "adapter_model.safetensors")));
    }

    [Fact]
    public void A_damaged_plan_is_named_on_resuming()
    {
        FineTuneOptions broken = Budgeted("broken", "100%");
        TinyRun.RunUntil(broken, 2);
        string path = Path.Combine(broken.Output, "plan.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"none\"", "\"all\"", StringComparison.Ordinal));
        Should.Throw<Exception>(() => TinyRun.Run(broken with { Training = broken.Training with { Resume = true } })).Message.ShouldContain("plan.json");
    }

    [Fact]
    public void Saved_plans_come_back_whatever_they_hold()
    {
        PlannerChoices choices = ActivationPlans.Choices(new ActivationOptions(), splitBatches: true);
        IReadOnlyList<BlockWay> ways = [.. choices.First, .. choices.Second, choices.Last!];
        RunPlan plan = new([(choices.First[^1], 3), (choices.Second[0], 2), (choices.Last!, 1)], 2, 16L << 20);
        string path = _tiny.Path("plan.json");
        AdaptedShape shape = RunPlanning.ShapeOf(new AdapterOptions(), Config(6));
        RunFolder.WriteJson(Path.GetDirectoryName(path)!, "plan.json", json =>
            PlanFile.Write(json, plan, 5, ProcessEstimate.Of(shape, new StepWork(2, 8, 8, ScalarType.Float32), plan, 0)));
        RunPlan read = PlanFile.Read(path, ways, 6);
        read.ToString().ShouldBe(plan.ToString());
        read.Activations.Layers.Select(layer => (layer.Mode, layer.JoinsBefore)).ShouldBe(plan.Activations.Layers.Select(layer => (layer.Mode, layer.JoinsBefore)));
        Should.Throw<LeanTune.Checkpoints.CheckpointFormatException>(() => PlanFile.Read(path, ways, 7)).Message.ShouldContain("6 blocks");
    }

    [Fact]
    public void A_batch_in_pieces_is_the_same_batch()
    {
        using Batch whole = Batch.From([Example(5), Example(9), Example(3)], padId: 0);
        using Batch middle = whole.Rows(1, 1), last = whole.Rows(2, 1);
        middle.InputIds.shape.ShouldBe([1, 9]);
        last.InputIds.shape.ShouldBe([1, 3]);
        last.Lengths.ShouldBe([3]);
        last.InputIds.data<long>().ToArray().ShouldBe(Example(3).Ids.Select(id => (long)id).ToArray());
        using Batch first = whole.Rows(0, 1);
        (first.SupervisedTokens + middle.SupervisedTokens + last.SupervisedTokens).ShouldBe(whole.SupervisedTokens);
        Should.Throw<ArgumentOutOfRangeException>(() => whole.Rows(2, 2));
    }

    private static TokenizedExample Example(int length) =>
        new([.. Enumerable.Range(1, length)], [.. Enumerable.Range(0, length).Select(index => index > 1)], "example", length);

    private static LeanTune.Models.DecoderConfig Config(int blocks) => new()
    {
        ModelType = "llama", Vocabulary = 64, Width = 32, FeedForward = 64, Blocks = blocks, Heads = 2, KeyValueHeads = 1, HeadWidth = 16, NormEpsilon = 1e-5,
        Rotary = new(10_000), MaxPositions = 64, TiedEmbeddings = true, Windows = [.. Enumerable.Repeat<int?>(null, blocks)], Rotated = [.. Enumerable.Repeat(true, blocks)],
    };

    /// <summary>With one way and whole batches: a planner that may choose goes by the stopwatch, and two runs need not choose alike.</summary>
    private FineTuneOptions Budgeted(string output, string memory)
    {
        FineTuneOptions options = _tiny.Options(output, 4);
        return options with { Memory = memory, Activations = new ActivationOptions { Mode = LeanTune.Activations.ActivationMode.None }, Training = options.Training with { SplitBatches = false } };
    }
}
