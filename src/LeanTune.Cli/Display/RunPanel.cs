using System.Globalization;
using LeanTune.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LeanTune.Cli.Display;

/// <summary>Draws the state of a run as one panel of a few lines, at most 100 columns wide.</summary>
internal static class RunPanel
{
    /// <summary>The panel for now.</summary>
    /// <param name="progress">The run so far.</param>
    /// <param name="sinceEvent">Time since anything was heard of it.</param>
    /// <param name="profile">The terminal's width and abilities.</param>
    public static Panel Of(RunProgress progress, TimeSpan sinceEvent, Profile profile)
    {
        int width = Math.Clamp(profile.Width, 40, 100);
        IRenderable body = progress is { Started: { } started, Last: { } last }
            ? new Rows(Bar(last.Step, started.TotalSteps, width - 4, profile.Capabilities.Unicode), Figures(progress, last, sinceEvent))
            : new Text($"{(progress.Started is null ? "loading the model and the examples" : "measuring before the first step")}: {Units.Duration(Math.Floor(sinceEvent.TotalSeconds))}");
        string title = progress is { Started: { } run, Last: { } step } ? $"step {step.Step}/{run.TotalSteps}" : "starting";
        return new Panel(body) { Header = new PanelHeader(title), Border = profile.Capabilities.Unicode ? BoxBorder.Rounded : BoxBorder.Ascii, Width = width, Padding = new Padding(1, 0) };
    }

    private static Text Bar(int step, int total, int width, bool unicode)
    {
        double share = Math.Clamp((double)step / Math.Max(1, total), 0, 1);
        int length = width - 6;
        int filled = (int)(share * length);
        (char full, char rest) = unicode ? ('━', '·') : ('#', '.');
        return new Text(string.Create(CultureInfo.InvariantCulture, $"{new string(full, filled)}{new string(rest, length - filled)} {share * 100,3:0} %"), new Style(Color.Green));
    }

    private static Grid Figures(RunProgress progress, StepCompleted last, TimeSpan sinceEvent)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        Grid grid = new Grid().AddColumn(Label()).AddColumn(Value()).AddColumn(Label()).AddColumn(Value());
        grid.AddRow(Cells(
            "loss", string.Create(culture, $"{progress.SmoothedLoss:0.0000} (last {last.Loss:0.0000})"),
            "time left", progress.Finished is { } end ? (end.Interrupted ? "stopped" : "done") : Units.Duration(progress.SecondsLeft)));
        string slow = sinceEvent.TotalSeconds >= 5 ? $", now {Units.Duration(Math.Floor(sinceEvent.TotalSeconds))}" : "";
        grid.AddRow(Cells("tokens/s", Units.Count(progress.TokensPerSecond), "step", $"{Units.Duration(last.Seconds)}{slow}"));
        grid.AddRow(Cells("memory kept", Known(last.KeptBytes), "peak", $"{Known(last.PeakBytes)}{(last.LiveBytes > 0 ? $" ({Units.Bytes(last.LiveBytes)} live)" : "")}"));
        grid.AddRow(Cells("learning rate", last.LearningRate.ToString("0.00e+00", culture), "gradient norm", last.GradientNorm.ToString("0.000", culture)));
        if (progress is { FirstEvaluation: { } before, LastEvaluation: { } latest })
            grid.AddRow(Cells("held-out loss", string.Create(culture, $"{latest.Loss:0.0000} after step {latest.Step}"), "before", before.Loss.ToString("0.0000", culture)));
        else if (progress.FirstEvaluation is { } first)
            grid.AddRow(Cells("held-out loss", string.Create(culture, $"{first.Loss:0.0000} after step {first.Step}"), "", ""));
        return grid;
    }

    private static GridColumn Label() => new GridColumn().NoWrap().PadRight(1);

    private static GridColumn Value() => new GridColumn().NoWrap().PadRight(3);

    private static IRenderable[] Cells(params string[] cells) =>
        [.. cells.Select((cell, column) => new Text(cell, column % 2 == 0 ? new Style(decoration: Decoration.Dim) : Style.Plain))];

    private static string Known(long bytes) => bytes > 0 ? Units.Bytes(bytes) : "unknown";
}
