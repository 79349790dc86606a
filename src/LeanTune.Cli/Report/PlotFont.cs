using ScottPlot;

namespace LeanTune.Cli.Report;

/// <summary>Gives plots the bundled font: they look the same on every machine, also where there is no font at all.</summary>
internal static class PlotFont
{
    private const string Name = "DejaVu Sans";

    private static readonly Lazy<bool> s_added = new(() =>
    {
        Fonts.AddFontFile(Name, Path.Combine(AppContext.BaseDirectory, "Report", "DejaVuSans.ttf"), bold: false, italic: false);
        Fonts.Default = Name;
        return true;
    });

    /// <summary>Sets it on everything that a plot writes.</summary>
    public static void Use(Plot plot)
    {
        _ = s_added.Value;
        plot.Font.Set(Name);
        plot.Legend.FontName = Name;
    }
}
