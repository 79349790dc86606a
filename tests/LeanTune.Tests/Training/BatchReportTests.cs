using LeanTune.Checkpoints;
using LeanTune.Data;
using LeanTune.Training;
using Microsoft.Extensions.Logging;

namespace LeanTune.Tests.Training;

/// <summary>The first batch can be looked at, and the batch at which a run could not go on; runs can be read as streams and logged.</summary>
public sealed class BatchReportTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void The_first_batch_is_the_one_that_training_begins_with()
    {
        FineTuneOptions options = _tiny.Options("run", 1);
        options = options with { Training = options.Training with { GradientAccumulation = 2 } };
        BatchReport report = new FineTuner(options).LookAtBatch();
        Directory.Exists(options.Output).ShouldBeFalse();
        StepCompleted first = TinyRun.Run(options).Events.OfType<StepCompleted>().Single();
        report.Loss.ShouldBe(first.Loss, 1e-9);
        report.GradientNorm.ShouldBe(first.GradientNorm, 1e-5 * first.GradientNorm);
        (report.SupervisedTokens, report.Shapes.Count, report.Examples.Count).ShouldBe((first.SupervisedTokens, 2, 8));
        report.Examples.Sum(example => example.SupervisedTokens).ShouldBe((int)first.SupervisedTokens);
        string.Concat(report.Examples[0].Pieces.Select(piece => piece.Text)).ShouldContain("what follows?");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_step_at_which_numbers_end_can_be_run_again(bool packing)
    {
        FineTuneOptions options = _tiny.Options("run", 10);
        // So high a rate that weights overflow after a step or two.
        options = options with { Data = options.Data with { Packing = packing }, Optimizer = options.Optimizer with { LearningRate = 1e25, MaxGradientNorm = null } };
        DivergedException stopped = Should.Throw<DivergedException>(() => TinyRun.Run(options));
        stopped.Folder.ShouldBe(Path.Combine(options.Output, "diverged"));
        stopped.Message.ShouldContain("--replay");
        foreach (string place in (string[])[stopped.Folder!, options.Output])
        {
            BatchReport again = new FineTuner(options).LookAtBatch(place);
            again.Step.ShouldBeGreaterThan(1);
            (double.IsFinite(again.Loss) && double.IsFinite(again.GradientNorm)).ShouldBeFalse();
            again.Examples.Count.ShouldBeGreaterThan(0);
        }

        File.WriteAllText(Path.Combine(stopped.Folder!, "step.json"), "{\"step\": 2, \"batches\": [[[{\"ids\": [1], \"targets\": [7]}]]]}");
        Should.Throw<CheckpointFormatException>(() => new FineTuner(options).LookAtBatch(stopped.Folder)).Message.ShouldContain("step.json");
        Should.Throw<CheckpointFormatException>(() => new FineTuner(options with { Adapter = options.Adapter with { Rank = 2 } }).LookAtBatch(stopped.Folder)).Message.ShouldContain("values");
    }

    [Fact]
    public void A_batch_gives_its_examples_back()
    {
        TokenizedExample one = new([5, 6, 7], [false, false, true], "", 0), two = new([8, 9], [false, true], "", 0), three = new([1, 2, 3, 4], [false, true, true, false], "", 0);
        using Batch batch = Batch.Pack([[one, two], [three]], 0, padToMultipleOf: 8);
        IReadOnlyList<IReadOnlyList<TokenizedExample>> rows = batch.ToExamples();
        rows.SelectMany(row => row).Select(example => (string.Join(' ', example.Ids), string.Join(' ', example.Supervised)))
            .ShouldBe(new[] { one, two, three }.Select(example => (string.Join(' ', example.Ids), string.Join(' ', example.Supervised))));
        rows.Select(row => row.Count).ShouldBe([2, 1]);
    }

    [Fact]
    public async Task A_stream_has_the_events_of_a_run()
    {
        List<TrainingEvent> streamed = [];
        await foreach (TrainingEvent happened in new FineTuner(_tiny.Options("stream", 3)).RunAsync(TestContext.Current.CancellationToken)) streamed.Add(happened);
        List<TrainingEvent> observed = TinyRun.Run(_tiny.Options("run", 3)).Events;
        streamed.Select(e => e.GetType()).ShouldBe(observed.Select(e => e.GetType()));
        streamed.OfType<StepCompleted>().Select(e => e.Loss).ShouldBe(observed.OfType<StepCompleted>().Select(e => e.Loss));
    }

    [Fact]
    public async Task Leaving_a_stream_stops_and_saves_the_run()
    {
        FineTuneOptions options = _tiny.Options("left", 500);
        await foreach (TrainingEvent happened in new FineTuner(options).RunAsync(TestContext.Current.CancellationToken))
            if (happened is StepCompleted) break;
        Directory.GetDirectories(Path.Combine(options.Output, "checkpoints")).Length.ShouldBe(1);
        File.Exists(Path.Combine(options.Output, "adapter", "adapter_config.json")).ShouldBeTrue();
    }

    [Fact]
    public async Task Cancelling_a_stream_ends_it_with_an_interrupted_run()
    {
        using CancellationTokenSource stop = new();
        TrainingEvent? last = null;
        await foreach (TrainingEvent happened in new FineTuner(_tiny.Options("cancelled", 500)).RunAsync(stop.Token))
        {
            if (happened is StepCompleted) await stop.CancelAsync();
            last = happened;
        }

        last.ShouldBeOfType<RunFinished>().Interrupted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_stream_throws_what_the_run_throws()
    {
        FineTuneOptions options = _tiny.Options("wrong", 1);
        options = options with { Data = options.Data with { Train = _tiny.Path("missing.jsonl") } };
        await Should.ThrowAsync<DataException>(async () =>
        {
            await foreach (TrainingEvent _ in new FineTuner(options).RunAsync(TestContext.Current.CancellationToken)) { }
        });
    }

    [Fact]
    public void A_logger_hears_of_steps_and_the_end()
    {
        Lines logger = new();
        new FineTuner(_tiny.Options("logged", 2), logger).Run();
        logger.Written.Count(line => line.Level == LogLevel.Debug && line.Text.StartsWith("Step ", StringComparison.Ordinal)).ShouldBe(2);
        logger.Written[^1].Text.ShouldContain("Ended after step 2");
    }

    private sealed class Lines : ILogger
    {
        public List<(LogLevel Level, string Text)> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Add((logLevel, formatter(state, exception)));
    }
}
