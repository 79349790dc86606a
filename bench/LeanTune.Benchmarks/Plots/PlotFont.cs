using ScottPlot;

namespace LeanTune.Benchmarks.Plots;

/// <summary>Gives plots the bundled font: they look the same on every machine, also where there is no font at all.</summary>
internal static class PlotFont
{
    private const string Name = "DejaVu Sans";

    /// <summary>Sets it on everything that a plot writes.</summary>
    public static void Use(Plot plot)
    {
        Fonts.AddFontFile(Name, Path.Combine(AppContext.BaseDirectory, "Plots", "DejaVuSans.ttf"), bold: false, italic: false);
        Fonts.Default = Name;
        plot.Font.Set(Name);
        plot.Legend.FontName = Name;
    }
}
