using System.Text.Json;
using LeanTune.Activations;
using LeanTune.Adapters.Peft;
using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Models;
using LeanTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Tests.Training;

/// <summary>Whole runs on a tiny model: what they learn, write, refuse and survive.</summary>
public sealed class FineTunerTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(ActivationMode.None)]
    [InlineData(ActivationMode.Layer)]
    [InlineData(ActivationMode.Sublayer)]
    public void The_loss_falls(ActivationMode mode)
    {
        FineTuneOptions options = _tiny.Options("run", 40);
        options = options with
        {
            Activations = mode == ActivationMode.None ? new ActivationOptions { Mode = mode } : options.Activations with { Mode = mode },
            Data = options.Data with { Validation = _tiny.Examples },
            Training = options.Training with { EvaluateEvery = 15 },
        };
        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(options);
        (finished.Step, finished.Interrupted).ShouldBe((40, false));
        EvaluationCompleted[] evaluations = [.. events.OfType<EvaluationCompleted>()];
        evaluations.Select(evaluation => evaluation.Step).ShouldBe([0, 15, 30, 40]);
        evaluations[0].Loss.ShouldBe(Math.Log(TinyModel.Vocabulary), 0.5); // random weights
        evaluations[3].Loss.ShouldBeLessThan(evaluations[0].Loss - 1.5);
        events.OfType<StepCompleted>().Select(step => step.Step).ShouldBe(Enumerable.Range(1, 40));
    }

    [Theory]
    [InlineData(256, false)]
    [InlineData(40, true)]
    public void Examples_beyond_the_model_s_positions_are_told(int positions, bool told)
    {
        string config = Path.Combine(_tiny.Model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"max_position_embeddings\": 256", $"\"max_position_embeddings\": {positions}", StringComparison.Ordinal));
        List<string> notices = [];
        new FineTuner(_tiny.Options("run", 1)).Forecast(notices.Add);
        notices.Any(notice => notice.Contains($"made for at most {positions}", StringComparison.Ordinal)).ShouldBe(told);
    }

    [Fact]
    public void The_run_folder_holds_what_is_needed_to_read_and_repeat_the_run()
    {
        FineTuneOptions options = _tiny.Options("run", 4);
        options = options with { Training = options.Training with { SaveEvery = 2, CompareMemory = true }, Sample = new SampleOptions { Prompt = ["Question"], MaxNewTokens = 3 } };
        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(options);

        using (JsonDocument environment = JsonDocument.Parse(File.ReadAllText(Path.Combine(options.Output, "environment.json"))))
            environment.RootElement.GetProperty("threads").GetInt32().ShouldBe(get_num_threads());
        using (JsonDocument plan = JsonDocument.Parse(File.ReadAllText(Path.Combine(options.Output, "plan.json"))))
            plan.RootElement.GetProperty("blocks").EnumerateArray().Select(block => block.GetProperty("mode").GetString()).ShouldBe(["layer", "layer"]);
        string[] kinds = [.. File.ReadLines(Path.Combine(options.Output, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()!)];
        kinds.ShouldBe(["run", "memory_tried", "activations", "sample", "memory", "step", "step", "step", "step", "sample", "memory_measured"]);
        events.OfType<CheckpointSaved>().Select(saved => saved.Step).ShouldBe([2, 4]);
        string checkpoint = Directory.GetDirectories(Path.Combine(options.Output, "checkpoints")).ShouldHaveSingleItem();
        Path.GetFileName(checkpoint).ShouldBe("step-00000004");
        events.OfType<MemoryCompared>().Single().Rows.Select(row => row.Name).ShouldBe(["plain LoRA", "checkpointing", "this run"]);

        finished.Result.ShouldBe(Path.Combine(options.Output, "adapter"));
        using PeftAdapter adapter = PeftFolder.Read(finished.Result), saved = PeftFolder.Read(Path.Combine(checkpoint, "adapter"));
        (adapter.Config.Rank, adapter.Config.Alpha).ShouldBe((4, 8));
        adapter.Factors.Count.ShouldBe(2 * 7);
        adapter.Factors.ShouldAllBe(factors => factors.B.count_nonzero().item<long>() > 0);
        foreach ((LoraFactors left, LoraFactors right) in adapter.Factors.Zip(saved.Factors)) left.A.equal(right.A).all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Micro_batches_equal_one_batch_though_their_targets_are_unequal()
    {
        FineTuneOptions options = _tiny.Options("whole", 6);
        options = options with
        {
            Activations = new ActivationOptions { Mode = ActivationMode.None }, // low-rank draws belong to a micro-batch
            Optimizer = options.Optimizer with { LearningRate = 1e-3 },
            Training = options.Training with { BatchSize = 12 },
        };
        (RunFinished whole, List<TrainingEvent> wholeEvents) = TinyRun.Run(options);
        (RunFinished parts, List<TrainingEvent> partEvents) = TinyRun.Run(options with
        {
            Output = _tiny.Path("parts"), Training = options.Training with { BatchSize = 3, GradientAccumulation = 4 },
        });
        foreach ((StepCompleted one, StepCompleted four) in wholeEvents.OfType<StepCompleted>().Zip(partEvents.OfType<StepCompleted>()))
        {
            four.SupervisedTokens.ShouldBe(one.SupervisedTokens);
            four.PaddedTokens.ShouldBeLessThan(one.PaddedTokens);
            four.Loss.ShouldBe(one.Loss, 1e-5);
            four.GradientNorm.ShouldBe(one.GradientNorm, 1e-5);
        }

        StepCompleted first = wholeEvents.OfType<StepCompleted>().First(), firstOfParts = partEvents.OfType<StepCompleted>().First();
        firstOfParts.Loss.ShouldBe(first.Loss, 1e-6);
        firstOfParts.GradientNorm.ShouldBe(first.GradientNorm, 1e-6);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(true, 200)]
    [InlineData(false, 200)]
    [InlineData(false, 64)]
    public void Packed_rows_and_budgets_of_tokens_take_the_same_steps(bool packing, int? budget)
    {
        FineTuneOptions options = _tiny.Options("whole", 4);
        options = options with
        {
            Activations = new ActivationOptions { Mode = ActivationMode.Layer, Fidelity = Fidelity.Exact },
            Optimizer = options.Optimizer with { LearningRate = 1e-3 },
            Training = options.Training with { BatchSize = 12 },
        };
        (_, List<TrainingEvent> wholeEvents) = TinyRun.Run(options);
        FineTuneOptions other = options with { Data = options.Data with { Packing = packing }, Training = options.Training with { BatchSize = budget is null ? 12 : null, BatchTokens = budget } };
        // As many micro-batches as an epoch has: a step sees every example once, as the whole batch does.
        (RunFinished _, List<TrainingEvent> probe) = TinyRun.Run(other with { Output = _tiny.Path("epoch"), Training = other.Training with { Steps = null, Epochs = 1 } });
        (_, List<TrainingEvent> events) = TinyRun.Run(other with { Output = _tiny.Path("other"), Training = other.Training with { Steps = 1, GradientAccumulation = probe.OfType<StepCompleted>().Count() } });
        StepCompleted expected = wholeEvents.OfType<StepCompleted>().First(), actual = events.OfType<StepCompleted>().First();
        actual.SupervisedTokens.ShouldBe(expected.SupervisedTokens);
        actual.RealTokens.ShouldBe(expected.RealTokens);
        actual.PaddedTokens.ShouldBeLessThan(expected.PaddedTokens);
        actual.Loss.ShouldBe(expected.Loss, 2e-6);
        actual.GradientNorm.ShouldBe(expected.GradientNorm, 2e-6 * expected.GradientNorm);
        if (budget is { } tokens) probe.OfType<StepCompleted>().ShouldAllBe(step => step.PaddedTokens <= tokens);
    }

    [Fact]
    public void Packed_examples_are_evaluated_as_they_are_alone()
    {
        FineTuneOptions options = _tiny.Options("single", 1);
        options = options with { Data = options.Data with { ValidationShare = 0.5 } };
        double Loss(FineTuneOptions run) => TinyRun.Run(run).Events.OfType<EvaluationCompleted>().First().Loss;
        double single = Loss(options);
        Loss(options with { Output = _tiny.Path("packed"), Data = options.Data with { Packing = true } }).ShouldBe(single, 2e-6);
        Loss(options with { Output = _tiny.Path("budget"), Training = options.Training with { BatchTokens = 100 } }).ShouldBe(single, 2e-6);
    }

    [Fact]
    public void Supervised_real_and_padded_tokens_are_counted_apart()
    {
        FineTuneOptions options = _tiny.Options("run", 3);
        (_, List<TrainingEvent> events) = TinyRun.Run(options);
        StepCompleted[] steps = [.. events.OfType<StepCompleted>()]; // one epoch
        ExampleSet examples = ExampleSet.Load(
            _tiny.Examples, DataFormat.Auto, new TokenizerEncoder(LeanTune.Tokenization.Tokenizer.Load(_tiny.Model)), options.Data.MaxLength, appendEndToken: true);
        steps.Sum(step => step.SupervisedTokens).ShouldBe(examples.Sum(example => example.Supervised.Count(s => s)));
        steps.Sum(step => step.RealTokens).ShouldBe(examples.Sum(example => example.Ids.Length));
        steps.ShouldAllBe(step => step.PaddedTokens >= step.RealTokens && step.RealTokens > step.SupervisedTokens);
    }

    [Fact]
    public void Interrupted_it_finishes_the_step_saves_and_says_so()
    {
        FineTuneOptions options = _tiny.Options("run", 5000);
        using CancellationTokenSource stop = new();
        List<TrainingEvent> events = [];
        RunFinished finished = new FineTuner(options).Run(
            e =>
            {
                events.Add(e);
                if (e is StepCompleted { Step: 3 }) stop.Cancel();
            },
            stop.Token);
        finished.Interrupted.ShouldBeTrue();
        finished.Step.ShouldBeInRange(3, 4999);
        events[^1].ShouldBe(finished);
        events.OfType<CheckpointSaved>().Single().Step.ShouldBe(finished.Step);
        events.OfType<StepCompleted>().Last().Step.ShouldBe(finished.Step);
        using PeftAdapter adapter = PeftFolder.Read(finished.Result);
    }

    [Fact]
    public void An_observer_that_throws_ends_the_run_with_its_own_exception()
    {
        FineTuneOptions options = _tiny.Options("run", 5000);
        Should.Throw<TimeoutException>(() => new FineTuner(options).Run(e =>
        {
            if (e is StepCompleted { Step: 2 }) throw new TimeoutException("observer");
        })).Message.ShouldBe("observer");
        Directory.GetDirectories(Path.Combine(options.Output, "checkpoints"), "step-*").ShouldHaveSingleItem(); // what was trained is saved
    }

    [Fact]
    public void Weights_that_are_not_numbers_stop_the_run_and_leave_the_checkpoint()
    {
        FineTuneOptions options = _tiny.Options("run", 20);
        TinyRun.RunUntil(options, 2);
        string state = Path.Combine(options.Output, "checkpoints", "step-00000002", "state.json");
        byte[] before = File.ReadAllBytes(state);
        Poison(_tiny.Model);
        DivergedException error = Should.Throw<DivergedException>(() => TinyRun.Run(options with { Training = options.Training with { Resume = true } }));
        error.Message.ShouldContain("step 3");
        File.ReadAllBytes(state).ShouldBe(before);
        Directory.GetFileSystemEntries(Path.Combine(options.Output, "checkpoints")).Length.ShouldBe(1);
    }

    [Fact]
    public void A_held_out_loss_that_is_not_a_number_stops_the_run()
    {
        FineTuneOptions options = _tiny.Options("run", 20);
        Poison(_tiny.Model);
        Should.Throw<DivergedException>(() => TinyRun.Run(options with { Data = options.Data with { Validation = _tiny.Examples } }))
            .Message.ShouldContain("held-out");
    }

    [Fact]
    public void A_learning_rate_that_explodes_stops_the_run()
    {
        FineTuneOptions options = _tiny.Options("run", 50);
        options = options with
        {
            Optimizer = options.Optimizer with { LearningRate = 1e30, MaxGradientNorm = null },
            Schedule = new ScheduleOptions { Shape = LeanTune.Optimization.ScheduleShape.Constant },
        };
        Should.Throw<DivergedException>(() => TinyRun.Run(options));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Asked_to_stop_after_the_last_step_it_is_interrupted_until_all_is_done(bool duringEvaluation)
    {
        FineTuneOptions options = _tiny.Options("run", 3);
        options = options with { Data = options.Data with { Validation = _tiny.Examples }, Sample = new SampleOptions { Prompt = ["Question"], MaxNewTokens = 3 } };
        using CancellationTokenSource stop = new();
        RunFinished first = new FineTuner(options).Train(
            e =>
            {
                if (duringEvaluation ? e is EvaluationCompleted { Step: 3 } : e is StepCompleted { Step: 3 }) stop.Cancel();
            },
            stop.Token);
        (first.Step, first.Interrupted).ShouldBe((3, true));
        RunFinished second = TinyRun.Run(options with { Training = options.Training with { Resume = true } }).Finished;
        (second.Step, second.Interrupted).ShouldBe((3, false));
        Recorded(options).ShouldBe(["evaluation 0", "sample 0", "step 1", "step 2", "step 3", "evaluation 3", "sample 3"]);

        // Once all is done there is nothing to repeat, and nothing is lost.
        string[] before = File.ReadAllLines(Path.Combine(options.Output, "metrics.jsonl"));
        TinyRun.Run(options with { Training = options.Training with { Resume = true } }).Finished.Interrupted.ShouldBeFalse();
        File.ReadAllLines(Path.Combine(options.Output, "metrics.jsonl")).ShouldBe(before);
    }

    [Fact]
    public void Each_prompt_is_continued_once_at_its_steps_however_the_run_is_stopped()
    {
        FineTuneOptions options = _tiny.Options("straight", 4);
        options = options with { Sample = new SampleOptions { Prompt = ["Question 1", "what follows"], Every = 2, MaxNewTokens = 3 } };
        TinyRun.Run(options);
        Recorded(options).ShouldBe(["sample 0", "sample 0", "step 1", "step 2", "sample 2", "sample 2", "step 3", "step 4", "sample 4", "sample 4"]);

        FineTuneOptions parts = options with { Output = _tiny.Path("parts") };
        using (CancellationTokenSource stop = new())
            new FineTuner(parts).Train(
                e =>
                {
                    if (e is SampleGenerated { Step: 2 }) stop.Cancel();
                },
                stop.Token).Step.ShouldBe(2);
        Recorded(parts)[^1].ShouldBe("sample 2");
        TinyRun.Run(parts with { Training = options.Training with { Resume = true } });
        Samples(parts).ShouldBe(Samples(options));
        Samples(parts).Select(sample => sample.Prompt).Distinct().ShouldBe(["Question 1", "what follows"]);

        // A prompt that was added later is continued after training, and those that were are not again.
        TinyRun.Run(parts with { Sample = options.Sample with { Prompt = ["Question 1", "more"] }, Training = options.Training with { Resume = true } });
        Samples(parts).Where(sample => sample.Step == 4).Select(sample => sample.Prompt).ShouldBe(["Question 1", "more"]);
    }

    [Fact]
    public void All_weights_are_trained_and_written_as_a_model_that_loads()
    {
        FineTuneOptions options = _tiny.Options("run", 12);
        options = options with
        {
            Model = options.Model with { Start = WeightStart.Random },
            Adapter = new AdapterOptions { Method = TrainingMethod.Full },
            Data = options.Data with { Validation = _tiny.Examples },
        };
        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(options);
        EvaluationCompleted[] evaluations = [.. events.OfType<EvaluationCompleted>()];
        evaluations[^1].Loss.ShouldBeLessThan(evaluations[0].Loss - 1);
        using HubFolder hub = HubFolder.Open(finished.Result);
        using Decoder model = DecoderLoader.Load(hub, ScalarType.Float32);
        LeanTune.Tokenization.Tokenizer.Load(finished.Result).Special.EosId.ShouldBe(0);
        // The written model is the trained one, rounded to bf16.
        FineTuneOptions evaluate = options with
        {
            Output = _tiny.Path("again"), Model = new ModelOptions { Path = finished.Result, Dtype = WeightType.Fp32 }, Adapter = new AdapterOptions { Rank = 1 },
            Training = options.Training with { Steps = 1 },
        };
        TinyRun.Run(evaluate).Events.OfType<EvaluationCompleted>().First().Loss.ShouldBe(evaluations[^1].Loss, 0.02);
    }

    [Fact]
    public void Two_runs_of_one_seed_are_equal_and_another_seed_differs()
    {
        FineTuneOptions options = _tiny.Options("one", 5);
        options = options with { Adapter = options.Adapter with { Dropout = 0.1 } };
        byte[] one = TinyRun.AdapterBytes(TinyRun.Run(options).Finished);
        TinyRun.AdapterBytes(TinyRun.Run(options with { Output = _tiny.Path("two") }).Finished).ShouldBe(one);
        TinyRun.AdapterBytes(TinyRun.Run(options with { Output = _tiny.Path("three"), Training = options.Training with { Seed = 4 } }).Finished).ShouldNotBe(one);
    }

    private static string[] Recorded(FineTuneOptions options) =>
        [.. File.ReadLines(Path.Combine(options.Output, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("step", out _)).Select(line => $"{line.GetProperty("event").GetString()} {line.GetProperty("step").GetInt32()}")];

    private static (int? Step, string? Prompt, string? Text)[] Samples(FineTuneOptions options) =>
        [.. LeanTune.Metrics.RunRecord.Read(options.Output).Samples.Select(sample => (sample.Step, sample.Text("prompt"), sample.Text("text")))];

    private static void Poison(string model)
    {
        string path = Path.Combine(model, HubFolder.WeightsName);
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> weights;
        using (SafetensorsFile file = SafetensorsFile.Open(path)) weights = file.Names.ToDictionary(name => name, name => file.Read(name, null));
        // Late in the tensor, where no sampled fingerprint looks.
        Tensor down = weights["model.layers.1.mlp.down_proj.weight"];
        down[31, 47] = float.NaN;
        SafetensorsWriter.Write(path, weights, null);
        foreach (Tensor weight in weights.Values) weight.Dispose();
    }
}
