using System.Text.Json;
using System.Text.Json.Nodes;
using LeanTune.Activations;
using LeanTune.Checkpoints;
using LeanTune.Training;

namespace LeanTune.Tests.Training;

/// <summary>A run that was stopped and goes on is, bit by bit, the run that was never stopped.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    // 12 examples in batches of 4, two batches a step: an epoch has 3 batches, so that odd steps end amid one.
    [Theory]
    [InlineData(ActivationMode.None, 10, null)]
    [InlineData(ActivationMode.Layer, 10, "low_rank")]
    [InlineData(ActivationMode.Sublayer, 10, "low_rank")]
    [InlineData(ActivationMode.Layer, 7, "low_rank")]
    [InlineData(ActivationMode.Layer, 7, "chain")]
    [InlineData(ActivationMode.Sublayer, 7, "chain")]
    [InlineData(ActivationMode.Ops, 7, "chain")]
    public void Twenty_steps_equal_two_parts_bit_by_bit(ActivationMode mode, int stopAfter, string? codec)
    {
        FineTuneOptions options = Options("straight", mode);
        if (codec != "low_rank") options = options with { Activations = new ActivationOptions { Mode = mode } };
        byte[] straight = TinyRun.AdapterBytes(TinyRun.Run(options).Finished);

        FineTuneOptions parts = options with { Output = _tiny.Path("parts") };
        RunFinished first = TinyRun.RunUntil(parts, stopAfter);
        (first.Step, first.Interrupted).ShouldBe((stopAfter, true));
        TinyRun.AdapterBytes(first).ShouldNotBe(straight);
        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(Resumed(parts));
        events.OfType<RunStarted>().Single().FirstStep.ShouldBe(stopAfter + 1);
        events.OfType<StepCompleted>().Select(step => step.Step).ShouldBe(Enumerable.Range(stopAfter + 1, 20 - stopAfter));
        (finished.Step, finished.Interrupted).ShouldBe((20, false));
        TinyRun.AdapterBytes(finished).ShouldBe(straight);
        Losses(parts).ShouldBe(Losses(options));
    }

    // Packed rows of 12 examples: the number of batches may differ from epoch to epoch. Steps of two micro-batches end amid them.
    [Theory]
    [InlineData(true, 2, null, ActivationMode.Layer, 7)]
    [InlineData(true, 2, null, ActivationMode.Sublayer, 10)]
    [InlineData(true, 1, null, ActivationMode.Ops, 5)]
    [InlineData(false, null, 130, ActivationMode.Layer, 7)]
    [InlineData(true, null, 130, ActivationMode.None, 7)]
    public void Packed_and_budgeted_runs_go_on_bit_by_bit(bool packing, int? size, int? tokens, ActivationMode mode, int stopAfter)
    {
        FineTuneOptions options = Options("straight", mode);
        options = options with
        {
            Data = options.Data with { Packing = packing }, Activations = new ActivationOptions { Mode = mode },
            Training = options.Training with { BatchSize = size, BatchTokens = tokens },
        };
        byte[] straight = TinyRun.AdapterBytes(TinyRun.Run(options).Finished);
        FineTuneOptions parts = options with { Output = _tiny.Path("parts") };
        TinyRun.RunUntil(parts, stopAfter).Interrupted.ShouldBeTrue();
        TinyRun.AdapterBytes(TinyRun.Run(Resumed(parts)).Finished).ShouldBe(straight);
        Losses(parts).ShouldBe(Losses(options));
        OptionsException changed = Should.Throw<OptionsException>(() => TinyRun.Run(Resumed(parts) with { Data = options.Data with { Packing = !packing } }));
        changed.Message.ShouldContain("data.packing was");
    }

    [Fact]
    public void Killed_after_a_checkpoint_it_repeats_the_steps_since_and_records_each_once()
    {
        FineTuneOptions options = Options("straight", ActivationMode.Layer);
        byte[] straight = TinyRun.AdapterBytes(TinyRun.Run(options).Finished);
        FineTuneOptions killed = options with { Output = _tiny.Path("killed"), Training = options.Training with { SaveEvery = 5 } };
        TinyRun.RunAndDieAfter(killed, 8);
        string half = Path.Combine(killed.Output, "checkpoints", ".writing-00000010");
        Directory.CreateDirectory(half);
        File.WriteAllText(Path.Combine(half, "state.json"), "{");
        File.AppendAllText(Path.Combine(killed.Output, "metrics.jsonl"), """{"event":"step","step":9,"lo""");

        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(Resumed(killed));
        events.OfType<RunStarted>().Single().FirstStep.ShouldBe(6);
        TinyRun.AdapterBytes(finished).ShouldBe(straight);
        Losses(killed).ShouldBe(Losses(options));
        Directory.GetFileSystemEntries(Path.Combine(killed.Output, "checkpoints")).Select(path => Path.GetFileName(path)).ShouldBe(["step-00000020"]);
    }

    [Fact]
    public void Killed_before_any_checkpoint_it_begins_anew()
    {
        FineTuneOptions options = Options("run", ActivationMode.None);
        TinyRun.RunAndDieAfter(options, 2);
        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(Resumed(options));
        events.OfType<RunStarted>().Single().FirstStep.ShouldBe(1);
        Losses(options).Count.ShouldBe(20);
    }

    [Fact]
    public void A_finished_run_that_is_resumed_stays_as_it_is()
    {
        FineTuneOptions options = Options("run", ActivationMode.None);
        byte[] adapter = TinyRun.AdapterBytes(TinyRun.Run(options).Finished);
        (RunFinished finished, List<TrainingEvent> events) = TinyRun.Run(Resumed(options));
        (finished.Step, finished.Interrupted).ShouldBe((20, false));
        events.OfType<StepCompleted>().ShouldBeEmpty();
        TinyRun.AdapterBytes(finished).ShouldBe(adapter);
    }

    [Fact]
    public void A_folder_that_holds_a_run_is_refused_without_resume()
    {
        FineTuneOptions options = Options("run", ActivationMode.None);
        TinyRun.RunUntil(options, 2);
        OptionsException error = Should.Throw<OptionsException>(() => TinyRun.Run(options));
        error.Key.ShouldBe("output");
        error.Message.ShouldContain(options.Output);
        error.Message.ShouldContain("step-00000002");
        error.Message.ShouldContain("training.resume");
    }

    [Fact]
    public void Changed_options_are_named()
    {
        FineTuneOptions options = Options("run", ActivationMode.None);
        TinyRun.RunUntil(options, 2);
        FineTuneOptions changed = Resumed(options) with
        {
            Adapter = options.Adapter with { Rank = 2 }, // another shape: still the option is named, not the shape
            Optimizer = options.Optimizer with { LearningRate = 0.5 },
        };
        OptionsException error = Should.Throw<OptionsException>(() => TinyRun.Run(changed));
        error.Key.ShouldBe("training.resume");
        error.Message.ShouldContain("adapter.rank was 4, is 2");
        error.Message.ShouldContain("optimizer.learning_rate was 0.01, is 0.5");
        error.Message.ShouldNotContain("adapter.alpha");
    }

    [Fact]
    public void Changed_examples_are_named()
    {
        FineTuneOptions options = Options("run", ActivationMode.None);
        TinyRun.RunUntil(options, 2);
        TinyRun.WriteExamples(_tiny.Examples, 13);
        Should.Throw<OptionsException>(() => TinyRun.Run(Resumed(options))).Message.ShouldContain("the training examples differ");
    }

    [Fact]
    public void Another_base_model_is_named()
    {
        FineTuneOptions options = Options("run", ActivationMode.None);
        TinyRun.RunUntil(options, 2);
        TinyModel.Write(_tiny.Model, seed: 8);
        Should.Throw<OptionsException>(() => TinyRun.Run(Resumed(options))).Message.ShouldContain("the weights of the base model differ");
    }

    [Fact]
    public void The_same_model_in_another_place_is_the_same()
    {
        FineTuneOptions options = Options("run", ActivationMode.None);
        TinyRun.RunUntil(options, 18);
        string moved = TinyModel.Write(_tiny.Path("moved"));
        TinyRun.Run(Resumed(options) with { Model = options.Model with { Path = moved } }).Finished.Step.ShouldBe(20);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"step\": 2")]
    [InlineData("{\"step\": -1}")]
    [InlineData("null")]
    public void A_damaged_state_is_one_clear_error(string text) => Damage(path => File.WriteAllText(Path.Combine(path, "state.json"), text)).ShouldContain("state.json");

    [Theory]
    [InlineData("step", "-1")]
    [InlineData("step", "\"2\"")]
    [InlineData("step", "2.5")]
    [InlineData("step", "99")]
    [InlineData("batch", "-1")]
    [InlineData("batch", "3000")]
    [InlineData("epoch", "1e99")]
    [InlineData("examples_sha256", "null")]
    [InlineData("settings", "[]")]
    [InlineData("settings", "{\"adapter.rank\": 4}")]
    [InlineData("settings", "{\"adapter.rank\": null}")]
    public void A_state_with_one_bad_value_is_one_clear_error(string key, string value)
    {
        string message = Damage(path =>
        {
            JsonObject state = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "state.json")))!.AsObject();
            state[key] = JsonNode.Parse(value);
            File.WriteAllText(Path.Combine(path, "state.json"), state.ToJsonString());
        });
        message.ShouldContain("step-00000002");
    }

    [Fact]
    public void Missing_and_cut_files_are_one_clear_error()
    {
        Damage(path => File.Delete(Path.Combine(path, "state.json"))).ShouldContain("state.json");
        Damage(path =>
        {
            using FileStream file = File.OpenWrite(Path.Combine(path, "optimizer.safetensors"));
            file.SetLength(file.Length - 1);
        }).ShouldContain("optimizer.safetensors");
        Damage(path => File.Delete(Path.Combine(path, "optimizer.safetensors")), typeof(FileNotFoundException)).ShouldContain("optimizer.safetensors");
    }

    private string Damage(Action<string> damage, Type? expected = null)
    {
        FineTuneOptions options = Options($"run-{Guid.NewGuid():N}", ActivationMode.None);
        TinyRun.RunUntil(options, 2);
        damage(Path.Combine(options.Output, "checkpoints", "step-00000002"));
        Exception error = Should.Throw<Exception>(() => TinyRun.Run(Resumed(options)));
        error.ShouldBeOfType(expected ?? typeof(CheckpointFormatException));
        return error.Message;
    }

    private FineTuneOptions Options(string output, ActivationMode mode)
    {
        FineTuneOptions options = _tiny.Options(output, 20);
        return options with
        {
            Adapter = options.Adapter with { Dropout = 0.2 },
            Activations = mode == ActivationMode.None
                ? new ActivationOptions { Mode = mode }
                : new ActivationOptions { Mode = mode, Codec = ActivationCodecName.LowRank, Rank = "8" },
            Training = options.Training with { GradientAccumulation = 2 },
        };
    }

    private static FineTuneOptions Resumed(FineTuneOptions options) => options with { Training = options.Training with { Resume = true } };

    /// <summary>Step and loss of each recorded step, as the file has them.</summary>
    private static List<(int Step, double Loss)> Losses(FineTuneOptions options) =>
        [.. File.ReadLines(Path.Combine(options.Output, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("event").GetString() == "step")
            .Select(line => (line.GetProperty("step").GetInt32(), line.GetProperty("loss").GetDouble()))];
}
