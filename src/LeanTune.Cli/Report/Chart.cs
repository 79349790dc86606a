namespace LeanTune.Cli.Report;

/// <summary>What a plot shows, apart from how it is drawn.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="Title">Above it.</param>
/// <param name="YLabel">Quantity and unit.</param>
/// <param name="Series">Lines, or one series of bars.</param>
/// <param name="XLabel">What stands on the other axis.</param>
/// <param name="FromZero">Whether the axis of values begins at 0: for amounts.</param>
internal sealed record Chart(string Name, string Title, string YLabel, IReadOnlyList<Series> Series, string XLabel = "step", bool FromZero = false);

/// <summary>How a series is drawn.</summary>
internal enum SeriesStyle
{
    /// <summary>A line.</summary>
    Line,

    /// <summary>A pale line, to stand behind another.</summary>
    Faint,

    /// <summary>Points, joined by a line: few measurements.</summary>
    Points,

    /// <summary>Bars.</summary>
    Bars,
}

/// <summary>One curve of a chart.</summary>
/// <param name="Label">In the legend; null for none.</param>
/// <param name="Points">By x; points that are not finite are left out.</param>
/// <param name="Color">Index into the palette: equal things have equal colours.</param>
/// <param name="Style">How it is drawn.</param>
internal sealed record Series(string? Label, IReadOnlyList<(double X, double Y)> Points, int Color, SeriesStyle Style = SeriesStyle.Line)
{
    /// <summary>Points that can be drawn.</summary>
    public IReadOnlyList<(double X, double Y)> Drawn { get; } = Thinning.Of([.. Points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))]);
}
