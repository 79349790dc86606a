using System.Globalization;
using LeanTune.Cli.Report;
using LeanTune.Metrics;

namespace LeanTune.Cli.Commands.Compare;

/// <summary>Judges, measure by measure, whether a run differs from another by more than chance; docs/reports.md says how.</summary>
internal static class RunComparison
{
    /// <summary>Ratios of times and sampled peaks closer than this say nothing, whatever their spread within one run.</summary>
    private const double MachineNoise = 0.03;

    // What has a say in which examples a step sees.
    private static readonly string[] s_order = ["training.seed", "training.batch_size", "training.batch_tokens", "training.gradient_accumulation"];

    // What environment.json tells of a machine that has a say in its speed.
    private static readonly string[] s_machine = ["system", "architecture", "processors", "threads", "avx512", "bf16_products"];

    /// <summary>Compares a run with the first.</summary>
    public static IReadOnlyList<Verdict> Of(RunRecord first, RunRecord other) => [TrainingLoss(first, other), HeldOutLoss(first, other), Speed(first, other), Kept(first, other), Peak(first, other)];

    /// <summary>Whether both runs went through the same examples in the same order, as far as recipes and counts of tokens tell.</summary>
    internal static bool SameOrder(RunRecord first, RunRecord other)
    {
        if (RecipeDifferences.Values(first.Recipe) is not { } recipe || RecipeDifferences.Values(other.Recipe) is not { } another) return false;
        bool same = recipe.Keys.Union(another.Keys).Where(Orders).All(key => recipe.GetValueOrDefault(key) == another.GetValueOrDefault(key));
        return same && Common(first, other).All(pair => (pair.First.SupervisedTokens, pair.First.RealTokens, pair.First.PaddedTokens) == (pair.Other.SupervisedTokens, pair.Other.RealTokens, pair.Other.PaddedTokens));
    }

    private static Verdict TrainingLoss(RunRecord first, RunRecord other)
    {
        const string measure = "training loss";
        (RecordedStep First, RecordedStep Other)[] common = [.. Common(first, other).Where(pair => double.IsFinite(pair.First.Loss) && double.IsFinite(pair.Other.Loss))];
        (RecordedStep First, RecordedStep Other)[] late = common[(common.Length / 2)..];
        if (common.Length < 2 * BlockBootstrap.FewestValues) return new Verdict(measure, "", Outcome.Unknown, $"too few steps that both took: {common.Length}, at least {2 * BlockBootstrap.FewestValues} are needed");
        bool paired = SameOrder(first, other);
        Spread difference = paired
            ? BlockBootstrap.OfMean([.. late.Select(pair => pair.Other.Loss - pair.First.Loss)])
            : BlockBootstrap.OfMean([.. late.Select(pair => pair.Other.Loss)]).Less(BlockBootstrap.OfMean([.. late.Select(pair => pair.First.Loss)]));
        string how = $"{(paired ? "same examples in the same order: step by step" : "not the same examples in the same order: means")}, steps {late[0].First.Step} to {late[^1].First.Step}";
        return new Verdict(measure, Signed(difference.Value, difference.Margin), Judge(difference.ExceedsNoise, lower: difference.Value < 0), how);
    }

    private static Verdict HeldOutLoss(RunRecord first, RunRecord other)
    {
        const string measure = "held-out loss";
        if (first.Evaluations.Count == 0 || other.Evaluations.Count == 0) return new Verdict(measure, "", Outcome.Unknown, "not evaluated in both");
        (MetricsRecord a, MetricsRecord b) = (first.Evaluations[^1], other.Evaluations[^1]);
        if (!a["supervised_tokens"].Equals(b["supervised_tokens"])) return new Verdict(measure, "", Outcome.Unknown, "not the same held-out tokens");
        if (a.Step != b.Step) return new Verdict(measure, Signed(b["loss"] - a["loss"]), Outcome.Unknown, $"after step {a.Step} there, {b.Step} here");
        return new Verdict(measure, Signed(b["loss"] - a["loss"]), Outcome.Unknown, "one number a run: repeat with another training.seed to see its spread");
    }

    private static Verdict Speed(RunRecord first, RunRecord other)
    {
        const string measure = "real tokens a second";
        double[] a = Speeds(first), b = Speeds(other);
        if (Math.Min(a.Length, b.Length) < BlockBootstrap.FewestValues) return new Verdict(measure, "", Outcome.Unknown, $"too few steps: at least {BlockBootstrap.FewestValues} are needed");
        Spread ratio = BlockBootstrap.OfLogMedian(b).Less(BlockBootstrap.OfLogMedian(a));
        string difference = string.Create(CultureInfo.InvariantCulture,
            $"{Math.Exp(ratio.Value):0.000} x ({Math.Exp(ratio.Value - ratio.Margin):0.000} to {Math.Exp(ratio.Value + ratio.Margin):0.000})");
        bool exceeds = ratio.ExceedsNoise && Math.Abs(Math.Exp(ratio.Value) - 1) > MachineNoise;
        return new Verdict(measure, difference, Judge(exceeds, lower: ratio.Value > 0), $"medians over the steps; below 3 % is noise of the machine{(SameMachine(first, other) ? "" : "; machines or threads differ")}");
    }

    private static Verdict Kept(RunRecord first, RunRecord other)
    {
        const string measure = "activations kept";
        (long a, long b) = Most(first, other, step => step.KeptBytes);
        if (a == 0 || b == 0) return new Verdict(measure, "", Outcome.Unknown, "not recorded in both");
        double change = (double)b / a - 1;
        return SameOrder(first, other)
            ? new Verdict(measure, Figure.Change(change), Judge(a != b, lower: b < a), "same batches: counted to the byte")
            : new Verdict(measure, Figure.Change(change), Judge(Math.Abs(change) > MachineNoise, lower: b < a), "other batches: below 3 % is chance");
    }

    private static Verdict Peak(RunRecord first, RunRecord other)
    {
        (long a, long b) = Most(first, other, step => step.PeakBytes);
        if (a == 0 || b == 0) return new Verdict("activation peak", "", Outcome.Unknown, "not measured in both");
        double change = (double)b / a - 1;
        return new Verdict("activation peak", Figure.Change(change), Judge(Math.Abs(change) > MachineNoise, lower: b < a), "sampled within steps: known to 3 %");
    }

    /// <summary>Less is better: of losses, bytes, and seconds.</summary>
    private static Outcome Judge(bool exceeds, bool lower) => !exceeds ? Outcome.WithinNoise : lower ? Outcome.Better : Outcome.Worse;

    private static IEnumerable<(RecordedStep First, RecordedStep Other)> Common(RunRecord first, RunRecord other) =>
        first.Steps.Join(other.Steps, step => step.Step, step => step.Step, (a, b) => (a, b));

    private static bool SameMachine(RunRecord first, RunRecord other) =>
        s_machine.All(name => first.Environment.FirstOrDefault(pair => pair.Name == name) == other.Environment.FirstOrDefault(pair => pair.Name == name));

    /// <summary>The most of any step that both took.</summary>
    private static (long First, long Other) Most(RunRecord first, RunRecord other, Func<RecordedStep, long> bytes)
    {
        (RecordedStep First, RecordedStep Other)[] common = [.. Common(first, other)];
        return common.Length == 0 ? (0, 0) : (common.Max(pair => bytes(pair.First)), common.Max(pair => bytes(pair.Other)));
    }

    private static double[] Speeds(RunRecord run) => [.. new RunFigures(run).Speeds(step => step.RealTokens).Where(speed => speed > 0)];

    private static bool Orders(string key) => s_order.Contains(key) || (key.StartsWith("data.", StringComparison.Ordinal) && (key == "data.validation_share" || !key.Contains("validation", StringComparison.Ordinal)));

    private static string Signed(double difference, double? margin = null) =>
        difference.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture) + (margin is { } width ? width.ToString(" ± 0.0000", CultureInfo.InvariantCulture) : "");
}
