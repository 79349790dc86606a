using LeanTune.Cli.Commands.InspectData;
using LeanTune.Cli.Display;
using LeanTune.Cli.Hub;
using LeanTune.Cli.Recipes;
using LeanTune.Training;
using Spectre.Console;

namespace LeanTune.Cli.Commands;

/// <summary>Shows one step's batches as the model sees them, and what it makes of them: <c>train --debug-first-batch</c> and <c>--replay</c>.</summary>
internal static class BatchText
{
    private const int GradientsShown = 10;

    public static int Show(IAnsiConsole console, HubFiles hub, Recipe recipe, string? diverged)
    {
        TextWriter output = console.Profile.Out.Writer;
        BatchReport report;
        try
        {
            report = new FineTuner(recipe.Resolve(hub)).LookAtBatch(diverged, notice => output.WriteLine($"note: {SafeText.Of(notice)}"));
        }
        catch (OptionsException e)
        {
            throw recipe.Locate(e);
        }

        DataText.WriteExamples(output, $"step {report.Step}", report.Examples, colour: console.Profile.Capabilities is { Ansi: true, Interactive: true, ColorSystem: not ColorSystem.NoColors });
        output.WriteLine();
        AlignedLines.Write(output,
        [
            ["micro-batches", string.Join(", ", report.Shapes.Select(shape => $"{shape.Rows} x {shape.Tokens} tokens"))],
            ["trained tokens", Units.Count(report.SupervisedTokens)],
            ["loss", Number(report.Loss)],
            ["gradient norm", Number(report.GradientNorm)],
        ]);
        Write(output, "Gradients that are not finite:", [.. report.Gradients.Where(gradient => !double.IsFinite(gradient.Norm))]);
        Write(output, "Gradients that are zero (lora_A's are in the first step, since lora_B starts at zero):", [.. report.Gradients.Where(gradient => gradient.Norm == 0)]);
        Write(output, "Largest gradients:", [.. report.Gradients.Where(gradient => double.IsFinite(gradient.Norm) && gradient.Norm > 0).OrderByDescending(gradient => gradient.Norm)]);
        return ExitCode.Done;
    }

    private static void Write(TextWriter output, string title, IReadOnlyList<(string Name, double Norm)> gradients)
    {
        if (gradients.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine(title);
        AlignedLines.Write(output, [.. gradients.Take(GradientsShown).Select(gradient => new[] { gradient.Name, Number(gradient.Norm) })], rightAligned: [1], indent: "  ");
        if (gradients.Count > GradientsShown)
            output.WriteLine($"  … and {gradients.Count - GradientsShown} more");
    }

    private static string Number(double value) => value.ToString("0.0000##", System.Globalization.CultureInfo.InvariantCulture);
}
