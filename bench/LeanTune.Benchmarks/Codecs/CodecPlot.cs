using System.Globalization;
using LeanTune.Benchmarks.Plots;
using ScottPlot;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>Bits against cosine, a line a family of codecs and mode. The scale stretches towards 1, where each step is a tenth of the error.</summary>
internal static class CodecPlot
{
    private static readonly double[] s_cosines = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999];
    private static readonly LinePattern[] s_patterns = [LinePattern.Solid, LinePattern.Dashed, LinePattern.Dotted, LinePattern.DenselyDashed];
    private static readonly MarkerShape[] s_markers = [MarkerShape.FilledCircle, MarkerShape.OpenSquare, MarkerShape.FilledDiamond, MarkerShape.OpenCircle];

    /// <summary>Writes a PNG. Exact codecs, whose cosine is 1 to rounding, have no place on it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">Above the plot.</param>
    /// <param name="results">What was measured.</param>
    public static void Save(string path, string title, IReadOnlyList<CodecResult> results)
    {
        using Plot plot = new();
        PlotFont.Use(plot);
        CodecResult[] shown = [.. results.Where(result => result.Codec.Family != "exact")];
        string[] families = [.. shown.Select(result => result.Codec.Family).Distinct()], modes = [.. shown.Select(result => result.Mode).Distinct()];
        Color[] colors = new ScottPlot.Palettes.Category10().Colors;
        foreach (var line in shown.GroupBy(result => (result.Codec.Family, result.Mode)))
        {
            CodecResult[] points = [.. line.OrderBy(Bits)];
            var scatter = plot.Add.Scatter([.. points.Select(Bits)], points.Select(result => Height(result.Whole.Average(error => error.Cosine))).ToArray());
            int mode = Array.IndexOf(modes, line.Key.Mode);
            scatter.Color = colors[Array.IndexOf(families, line.Key.Family) % colors.Length];
            scatter.LinePattern = s_patterns[mode % s_patterns.Length];
            scatter.MarkerShape = s_markers[mode % s_markers.Length];
            scatter.MarkerSize = 8;
            scatter.LineWidth = 2;
            scatter.LegendText = $"{line.Key.Mode}: {line.Key.Family}";
        }

        ScottPlot.TickGenerators.NumericManual ticks = new();
        foreach (double cosine in s_cosines) ticks.AddMajor(Height(cosine), cosine.ToString(CultureInfo.InvariantCulture));
        plot.Axes.Left.TickGenerator = ticks;
        plot.Title(title, size: 16);
        plot.XLabel("kept bits an element");
        plot.YLabel("cosine to the exact LoRA gradient");
        plot.ShowLegend(Edge.Right);
        plot.SavePng(path, 1000, 560);
    }

    private static double Bits(CodecResult result) => result.Bits.Average();

    private static double Height(double cosine) => -Math.Log10(1 - Math.Min(cosine, 1 - 1e-6));
}
