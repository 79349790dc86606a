using System.Globalization;
using LeanTune.Cli.Commands.Memory;
using LeanTune.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LeanTune.Cli.Display;

/// <summary>Draws the state of a run as one panel of a few lines, at most 100 columns wide: a label and what it says on each line.</summary>
internal static class RunPanel
{
    private const int LabelWidth = 13;
    private static readonly CultureInfo s_culture = CultureInfo.InvariantCulture;

    /// <summary>The panel for now.</summary>
    /// <param name="progress">The run so far.</param>
    /// <param name="sinceEvent">Time since anything was heard of it.</param>
    /// <param name="profile">The terminal's width and abilities.</param>
    public static Panel Of(RunProgress progress, TimeSpan sinceEvent, Profile profile)
    {
        int width = Math.Clamp(profile.Width, 40, 100);
        bool unicode = profile.Capabilities.Unicode;
        IRenderable body = progress is { Started: { } started, Last: { } last }
            ? new Rows(Bar(last.Step, started.TotalSteps, width - 4, unicode), Figures(progress, last, sinceEvent, width - 4 - LabelWidth - 1, unicode))
            : new Text($"{(progress.Started is null ? "loading the model and the examples" : "measuring before the first step")}: {Units.Duration(Math.Floor(sinceEvent.TotalSeconds))}");
        string title = progress is { Started: { } run, Last: { } step } ? $"step {step.Step}/{run.TotalSteps}" : "starting";
        return new Panel(body) { Header = new PanelHeader(title), Border = unicode ? BoxBorder.Rounded : BoxBorder.Ascii, Width = width, Padding = new Padding(1, 0) };
    }

    private static Text Bar(int step, int total, int width, bool unicode)
    {
        double share = Math.Clamp((double)step / Math.Max(1, total), 0, 1);
        int length = width - 6;
        int filled = (int)(share * length);
        (char full, char rest) = unicode ? ('━', '·') : ('#', '.');
        return new Text(string.Create(s_culture, $"{new string(full, filled)}{new string(rest, length - filled)} {share * 100,3:0} %"), new Style(Color.Green));
    }

    private static Grid Figures(RunProgress progress, StepCompleted last, TimeSpan sinceEvent, int width, bool unicode)
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().Width(LabelWidth).PadLeft(0).PadRight(1)).AddColumn(new GridColumn().PadLeft(0).PadRight(0));
        string slow = sinceEvent.TotalSeconds >= 5 ? $", now {Units.Duration(Math.Floor(sinceEvent.TotalSeconds))}" : "";
        string left = progress.Finished is { } end ? (end.Interrupted ? "stopped" : "done") : Units.Duration(progress.SecondsLeft);
        Add("time left", $"{left} (step: {Units.Duration(last.Seconds)}{slow})");
        Add("loss", string.Create(s_culture, $"{progress.SmoothedLoss:0.0000} (last {last.Loss:0.0000})"));
        if (progress.Losses.Count > 1 && Curve(progress.Losses, width, unicode) is { } curve) Add("", curve);
        Add("learning rate", string.Create(s_culture, $"{last.LearningRate:0.00e+00}, gradient norm {last.GradientNorm:0.000}"));
        Add("tokens/s", $"{Units.Count(progress.SupervisedTokensPerSecond)} with a loss, {Units.Count(progress.TokensPerSecond)} real, {Units.Count(progress.PaddedTokensPerSecond)} with padding");
        Add("activations", $"{Known(last.KeptBytes)} kept, {Known(last.PeakBytes)} at peak");
        if (Memory(progress, last) is { } memory) Add("memory", memory);
        if ((progress.LastEvaluation ?? progress.FirstEvaluation) is { } evaluation)
        {
            Add("held-out loss", HeldOut(progress, evaluation));
            foreach ((string name, double value) in evaluation.Scores) Add(name.Replace('_', ' '), Score(progress, evaluation.Step, name, value));
        }

        return grid;

        void Add(string label, string value) => grid.AddRow(new Text(label, new Style(decoration: Decoration.Dim)), new Text(value));
    }

    /// <summary>Null where the scale leaves no room for a curve.</summary>
    private static string? Curve(IReadOnlyList<double> losses, int width, bool unicode)
    {
        string Scale(double lowest, double highest) => string.Create(s_culture, $" {lowest:0.00} to {highest:0.00}");
        // The scale takes what it takes, and the curve the rest of the line. Means of neighbours have at most the digits of the highest.
        return Sparkline.Of(losses, width - Scale(losses.Max(), losses.Max()).Length, unicode) is var (line, lowest, highest) ? line + Scale(lowest, highest) : null;
    }

    /// <summary>All native memory that is in use, beside what the recipe allows or, without a budget, what the machine had free at the start.</summary>
    private static string? Memory(RunProgress progress, StepCompleted last) => (progress.Planned, last.LiveBytes) switch
    {
        (_, <= 0) => null,
        ({ BudgetBytes: { } budget }, var live) => $"{MemoryText.Bytes(live)} live, of {MemoryText.Bytes(budget)} allowed ({Units.Percent((double)live / budget)})",
        ({ FreeBytes: > 0 and var free }, var live) => $"{MemoryText.Bytes(live)} live, of {MemoryText.Bytes(free)} that were free",
        (_, var live) => $"{MemoryText.Bytes(live)} live",
    };

    private static string HeldOut(RunProgress progress, EvaluationCompleted latest)
    {
        string best = progress.BestEvaluation is not { } lowest ? "" : lowest.Step == latest.Step ? " (best so far)" : string.Create(s_culture, $" (best {lowest.Loss:0.0000} after {lowest.Step})");
        string before = progress.FirstEvaluation is { Step: 0 } first && first != latest ? string.Create(s_culture, $", {first.Loss:0.0000} before") : "";
        return string.Create(s_culture, $"{latest.Loss:0.0000} after step {latest.Step}{best}{before}");
    }

    private static string Score(RunProgress progress, int step, string name, double value)
    {
        string best = progress.BestScores.TryGetValue(name, out (int Step, double Value) highest) && highest.Step != step ? string.Create(s_culture, $" (best {highest.Value:0.0000} after step {highest.Step})") : "";
        return string.Create(s_culture, $"{value:0.0000}{best}");
    }

    private static string Known(long bytes) => bytes > 0 ? Units.Bytes(bytes) : "unknown";
}
