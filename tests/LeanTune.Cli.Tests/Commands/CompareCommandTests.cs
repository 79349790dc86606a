using LeanTune.Cli.Commands.Compare;
using LeanTune.Cli.Tests.Report;
using LeanTune.Metrics;

namespace LeanTune.Cli.Tests.Commands;

/// <summary>Differences that were put into runs are found, and differences that are chance are called chance.</summary>
public sealed class CompareCommandTests : IDisposable
{
    /// <summary>Pairs of runs; at 99 % one of a hundred verdicts may be wrong by chance.</summary>
    private const int Pairs = 40;

    private const string Loss = "training loss", Speed = "real tokens a second", Kept = "activations kept", Peak = "activation peak";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Runs_that_differ_by_chance_alone_are_within_noise(bool sameOrder)
    {
        List<string> wrong = [];
        for (int seed = 1; seed <= Pairs; seed++)
        {
            IReadOnlyList<Verdict> verdicts = Compare(new(seed), new(1000 + seed) { OrderSeed = sameOrder ? 1 : 2 + seed });
            wrong.AddRange(verdicts.Where(verdict => verdict.Measure is Loss or Speed && verdict.Outcome != Outcome.WithinNoise).Select(verdict => $"seed {seed}: {verdict}"));
            verdicts.Single(verdict => verdict.Measure == Loss).How.ShouldStartWith(sameOrder ? "same examples" : "not the same examples");
        }

        // 80 verdicts: one wrong one is expected, and of more than five the chance is below one in a thousand.
        wrong.Count.ShouldBeLessThanOrEqualTo(5, string.Join('\n', wrong));
    }

    [Fact]
    public void A_shift_of_the_loss_is_found_step_by_step_where_means_could_not_tell()
    {
        List<string> missed = [];
        int byMeans = 0;
        for (int seed = 1; seed <= Pairs; seed++)
        {
            Verdict paired = Compare(new(seed), new(1000 + seed) { Shift = -0.08 }).Single(verdict => verdict.Measure == Loss);
            if (paired.Outcome != Outcome.Better) missed.Add($"seed {seed}: {paired}");
            if (Compare(new(seed), new(1000 + seed) { Shift = -0.08, OrderSeed = 2 + seed }).Single(verdict => verdict.Measure == Loss).Outcome == Outcome.Better) byMeans++;
        }

        missed.Count.ShouldBeLessThanOrEqualTo(Pairs / 10, string.Join('\n', missed));
        byMeans.ShouldBeLessThan(Pairs / 2); // the examples' own spread, 0.3 a step, hides it
    }

    [Theory]
    [InlineData(0.55, "worse")]
    [InlineData(0.45, "better")]
    [InlineData(0.505, "within noise")] // 1 %: no machine is that steady
    public void Speed_is_judged_by_medians(double seconds, string expected)
    {
        string[] wrong = [.. Enumerable.Range(1, Pairs).Select(seed => (seed, verdict: Compare(new(seed), new(1000 + seed) { Seconds = seconds }).Single(verdict => verdict.Measure == Speed)))
            .Where(pair => pair.verdict.OutcomeText != expected).Select(pair => $"seed {pair.seed}: {pair.verdict}")];
        wrong.Length.ShouldBeLessThanOrEqualTo(2, string.Join('\n', wrong));
    }

    [Fact]
    public void Memory_is_exact_where_it_is_counted_and_known_to_three_percent_where_it_is_sampled()
    {
        IReadOnlyList<Verdict> verdicts = Compare(new(1), new(2) { KeptBytes = 12_000_001, PeakBytes = 92_000_000 });
        verdicts.Single(verdict => verdict.Measure == Kept).Outcome.ShouldBe(Outcome.Worse);
        verdicts.Single(verdict => verdict.Measure == Peak).Outcome.ShouldBe(Outcome.WithinNoise);
        verdicts = Compare(new(1), new(2) { PeakBytes = 80_000_000 });
        verdicts.Single(verdict => verdict.Measure == Kept).Outcome.ShouldBe(Outcome.WithinNoise);
        verdicts.Single(verdict => verdict.Measure == Peak).Outcome.ShouldBe(Outcome.Better);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(19)]
    public void Of_too_few_steps_nothing_is_said(int steps)
    {
        IReadOnlyList<Verdict> verdicts = Compare(new(1), new(2) { Steps = steps, Shift = 9 });
        verdicts.Single(verdict => verdict.Measure == Loss).Outcome.ShouldBe(Outcome.Unknown);
    }

    [Fact]
    public void The_command_shows_figures_verdicts_and_what_the_recipes_differ_in()
    {
        string first = new SyntheticRun(1).Write(_folder.File("first"), SyntheticRun.Recipe(1, rank: 8));
        string second = new SyntheticRun(2) { Shift = -0.2, Steps = 100 }.Write(_folder.File("second"), SyntheticRun.Recipe(1, rank: 16));
        ToolRun tool = ToolRun.Of("compare", first, second, "--output", _folder.File("both.html"));
        tool.Code.ShouldBe(ExitCode.Done, tool.Error);
        string[] lines = [.. tool.Output.ReplaceLineEndings("\n").Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        lines.ShouldContain("first second");
        lines.ShouldContain("steps 120 100 of 120");
        lines.ShouldContain("adapter.rank 8 16");
        lines.ShouldNotContain(line => line.StartsWith("output", StringComparison.Ordinal));
        lines.ShouldContain(line => line.StartsWith("training loss better -0.", StringComparison.Ordinal));
        SelfContained.Page(_folder.File("both.html")).All("svg").Count().ShouldBe(4);
    }

    [Fact]
    public void Runs_of_the_same_name_are_told_apart_and_wrong_lines_refused()
    {
        string first = new SyntheticRun(1).Write(_folder.File("a/run")), second = new SyntheticRun(2).Write(_folder.File("b/run"));
        ToolRun.Of("compare", first, second).Output.ShouldContain(SafeEnd(second));
        ToolRun.Of("compare", first).Error.ShouldContain("expected 2 to 8 run folders; found 1");
        ToolRun.Of("compare", first, first).Error.ShouldContain("stands there twice");
        ToolRun.Of("compare", first, second + "x").Code.ShouldBe(ExitCode.Usage);
    }

    private static string SafeEnd(string path) => path[..20];

    private IReadOnlyList<Verdict> Compare(SyntheticRun first, SyntheticRun second) =>
        RunComparison.Of(RunRecord.Read(first.Write(_folder.File("one"))), RunRecord.Read(second.Write(_folder.File("two"))));
}
