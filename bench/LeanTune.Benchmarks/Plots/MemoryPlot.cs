using ScottPlot;

namespace LeanTune.Benchmarks.Plots;

/// <summary>Peak memory against time, a point a way to keep activations: left is less memory, down is faster.</summary>
internal static class MemoryPlot
{
    /// <summary>Writes a PNG.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">Above the plot.</param>
    /// <param name="points">Name, peak in bytes, and the step's time over exact checkpointing's.</param>
    public static void Save(string path, string title, IReadOnlyList<(string Way, long PeakBytes, double OverCheckpoint)> points)
    {
        using Plot plot = new();
        PlotFont.Use(plot);
        Color[] colors = new ScottPlot.Palettes.Category10().Colors;
        foreach ((int index, (string way, long peak, double over)) in points.Index())
        {
            double x = Math.Log10(peak / 1e6);
            Color color = colors[index % colors.Length];
            plot.Add.Marker(x, over, MarkerShape.FilledCircle, 11, color);
            var label = plot.Add.Text(way, x, over);
            label.LabelFontColor = color;
            label.LabelFontSize = 13;
            label.OffsetX = 9;
            label.OffsetY = index % 2 == 0 ? -16 : 2; // neighbours above and below their points
        }

        ScottPlot.TickGenerators.NumericManual ticks = new();
        foreach (int megabytes in (int[])[10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]) ticks.AddMajor(Math.Log10(megabytes), $"{megabytes}");
        plot.Axes.Bottom.TickGenerator = ticks;
        plot.Axes.Margins(0.2, 0.15);
        plot.Title(title, size: 16);
        plot.XLabel("peak activation memory of a step, MB");
        plot.YLabel("time of a step / exact layer checkpointing");
        plot.SavePng(path, 1000, 560);
    }
}
