using LeanTune.Metrics;
using LeanTune.Tests.Training;
using LeanTune.Training;

namespace LeanTune.Tests.Metrics;

/// <summary>The table says, digit by digit, what metrics.jsonl says.</summary>
public sealed class CsvMetricsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Lines => _folder.File("metrics.jsonl");

    private string Table => _folder.File("metrics.csv");

    [Fact]
    public void Steps_and_evaluations_share_rows_and_empty_cells_stay_empty()
    {
        using (MetricsLog log = MetricsSinks.Open(Lines, ["csv"]))
        {
            MetricsFile.Evaluation(log, 0, 5.25);
            for (int step = 1; step <= 4; step++)
            {
                MetricsFile.Step(log, step, 1.0 / 3 / step);
                if (step == 2) MetricsFile.Evaluation(log, step, 0.1 + 0.2);
            }

            MetricsFile.Sample(log, 4);
            MetricsFile.Evaluation(log, 4, 1e-7);
        }

        File.ReadLines(Table).Skip(1).Select(line => line.Split(',')[0]).ShouldBe(["0", "1", "2", "3", "4"]);
        MetricsFile.Table(Table).ShouldBe(MetricsFile.Expected(Lines), ignoreOrder: true);
        File.ReadLines(Table).First().Split(',').SkipWhile(column => !column.StartsWith("evaluation_", StringComparison.Ordinal)).ShouldAllBe(column => column.StartsWith("evaluation_"));
    }

    [Fact]
    public void A_number_that_comes_up_later_becomes_a_column()
    {
        using MetricsLog log = MetricsSinks.Open(Lines, ["csv"]);
        MetricsFile.Step(log, 1, 2);
        MetricsFile.Step(log, 2, 1.5);
        MetricsFile.Evaluation(log, 2, 1, accuracy: 0.75);
        MetricsFile.Step(log, 3, 1.25);
        MetricsFile.Table(Table).ShouldBe(MetricsFile.Expected(Lines), ignoreOrder: true);
        MetricsFile.Table(Table)[("2", "evaluation_accuracy")].ShouldBe("0.75");
    }

    [Fact]
    public void It_is_cut_with_the_lines_and_made_anew_where_it_was_missing_or_damaged()
    {
        using (MetricsLog log = MetricsSinks.Open(Lines, []))
            for (int step = 1; step <= 5; step++) MetricsFile.Step(log, step, step);
        File.WriteAllText(Table, "step,los");
        using (MetricsLog log = MetricsSinks.Open(Lines, ["csv"]))
        {
            log.CutAt(record => record!.Step <= 3);
            MetricsFile.Table(Table).Keys.Select(cell => cell.Step).Distinct().ShouldBe(["1", "2", "3"]);
            MetricsFile.Step(log, 4, 40);
        }

        MetricsFile.Table(Table).ShouldBe(MetricsFile.Expected(Lines), ignoreOrder: true);
        MetricsFile.Table(Table)[("4", "loss")].ShouldBe("40");
    }

    [Fact]
    public void A_run_that_was_killed_and_resumed_has_each_step_once_in_every_form()
    {
        using TinyRun tiny = new();
        FineTuneOptions options = tiny.Options("run", 12);
        options = options with
        {
            Data = options.Data with { Validation = tiny.Examples }, Metrics = ["csv", "tensorboard"],
            Training = options.Training with { SaveEvery = 5, EvaluateEvery = 4 },
        };
        TinyRun.RunAndDieAfter(options, 8);
        TinyRun.Run(options with { Training = options.Training with { Resume = true } });

        string lines = Path.Combine(options.Output, "metrics.jsonl");
        Dictionary<(string Step, string Column), string> expected = MetricsFile.Expected(lines);
        MetricsFile.Table(Path.Combine(options.Output, "metrics.csv")).ShouldBe(expected, ignoreOrder: true);
        expected.Keys.Where(cell => cell.Column == "loss").Select(cell => cell.Step).ShouldBe(Enumerable.Range(1, 12).Select(step => $"{step}"));
        EventFile.Scalars(Path.Combine(options.Output, "tensorboard")).Where(scalar => scalar.Tag == "train/loss").Select(scalar => scalar.Step).ShouldBe(Enumerable.Range(1, 12).Select(step => (long)step));
        RunRecord record = RunRecord.Read(options.Output);
        (record.TotalSteps, record.Steps.Count, record.KeptBytesByBlock.Count, record.UnknownEvents.Count).ShouldBe((12, 12, 2, 0));
        record.KeptBytesByBlock.ShouldAllBe(bytes => bytes > 0);
        // The longest batch keeps the most, and all that it keeps is in some block.
        record.KeptBytesByBlock.Sum().ShouldBeGreaterThanOrEqualTo(record.Steps.Max(step => step.KeptBytes));
    }

    [Fact]
    public void Another_form_is_refused_with_the_nearest_name()
    {
        using TinyRun tiny = new();
        OptionsException error = Should.Throw<OptionsException>(() => (tiny.Options("run", 1) with { Metrics = ["tensorbord"] }).Validate());
        error.Key.ShouldBe("metrics");
        error.Message.ShouldContain("did you mean 'tensorboard'?");
        Should.Throw<OptionsException>(() => (tiny.Options("run", 1) with { Metrics = ["csv", "csv"] }).Validate()).Message.ShouldContain("twice");
    }
}
