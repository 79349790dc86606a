using System.Globalization;
using System.Text.RegularExpressions;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace LeanTune.Cli.Report;

/// <summary>Draws charts: as pictures, and as SVG that takes on the colours of the page around it.</summary>
internal static partial class ChartDrawing
{
    private const int Width = 880, Height = 300;

    /// <summary>Of axes and letters in pictures; a page's own ink takes its place in SVG.</summary>
    private const string Ink = "#1D2430";

    /// <summary>Colours that can be told apart on white and on black.</summary>
    public static IReadOnlyList<string> Palette { get; } = ["#3B7DD8", "#D9822B", "#2E9E6B", "#D6455D", "#8A63D2", "#1F9AAA", "#B59410", "#7A8699"];

    /// <summary>Writes a PNG on white.</summary>
    public static void SavePng(Chart chart, string path)
    {
        using Plot plot = Draw(chart, title: true);
        plot.FigureBackground.Color = Colors.White;
        plot.SavePng(path, Width, Height);
    }

    /// <summary>SVG to stand within a page: transparent, as wide as there is room, axes and letters in the page's ink.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="id">Of this chart on the page: names inside the drawing are made its own by it.</param>
    public static string Svg(Chart chart, string id)
    {
        using Plot plot = Draw(chart, title: false);
        plot.FigureBackground.Color = Colors.Transparent;
        string svg = plot.GetSvgXml(Width, Height);
        svg = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..].Trim();
        svg = InkColor().Replace(svg, "currentColor");
        svg = Identifier().Replace(svg, match => $"{match.Groups[1].Value}{id}-");
        return Size().Replace(svg, string.Create(CultureInfo.InvariantCulture, $"<svg$1 viewBox=\"0 0 {Width} {Height}\" role=\"img\""), 1);
    }

    private static Plot Draw(Chart chart, bool title)
    {
        Plot plot = new();
        PlotFont.Use(plot);
        foreach (Series series in chart.Series) Add(plot, series);
        Color ink = Color.FromHex(Ink);
        plot.Axes.Color(ink);
        plot.Axes.Title.Label.ForeColor = ink;
        plot.DataBackground.Color = Colors.Transparent;
        plot.Grid.MajorLineColor = ink.WithAlpha(0.12);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true, TickDensity = 0.6 };
        plot.Axes.Bottom.MinorTickStyle.Length = plot.Axes.Left.MinorTickStyle.Length = 0;
        plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Right.MinimumSize = plot.Axes.Top.MinimumSize = 12; // half a tick's label
        if (title) plot.Title(chart.Title, size: 15);
        plot.XLabel(chart.XLabel, size: 12);
        plot.YLabel(chart.YLabel, size: 12);
        SetLimits(plot, chart);
        if (chart.Series.Count(series => series.Label is not null) > 1)
        {
            plot.ShowLegend(Alignment.UpperRight, Orientation.Horizontal);
            (plot.Legend.BackgroundColor, plot.Legend.FontColor, plot.Legend.OutlineWidth, plot.Legend.ShadowColor) = (Colors.Transparent, ink, 0, Colors.Transparent);
            plot.Legend.FontSize = 12;
        }
        else
            plot.HideLegend();

        return plot;
    }

    private static void Add(Plot plot, Series series)
    {
        if (series.Drawn.Count == 0) return;
        double[] xs = [.. series.Drawn.Select(point => point.X)], ys = [.. series.Drawn.Select(point => point.Y)];
        Color color = Color.FromHex(Palette[series.Color % Palette.Count]);
        if (series.Style == SeriesStyle.Bars)
        {
            plot.Add.Bars(series.Drawn.Select(point => new Bar { Position = point.X, Value = point.Y, FillColor = color, LineWidth = 0, Size = 0.7 }).ToArray());
            return;
        }

        var line = plot.Add.Scatter(xs, ys, series.Style == SeriesStyle.Faint ? color.WithAlpha(0.45) : color);
        line.LineWidth = series.Style == SeriesStyle.Faint ? 1 : 2;
        // A single measurement is no line.
        line.MarkerSize = series.Style == SeriesStyle.Points || xs.Length == 1 ? 7 : 0;
        line.LegendText = series.Label ?? "";
    }

    /// <summary>A little room on all sides, and above for the legend.</summary>
    private static void SetLimits(Plot plot, Chart chart)
    {
        List<(double X, double Y)> points = [.. chart.Series.SelectMany(series => series.Drawn)];
        if (points.Count == 0) return;
        double side = chart.Series.Any(series => series.Style == SeriesStyle.Bars) ? 0.5 : 0;
        (double left, double right) = (points.Min(point => point.X) - side, points.Max(point => point.X) + side);
        (double low, double high) = (points.Min(point => point.Y), points.Max(point => point.Y));
        if (chart.FromZero) low = Math.Min(0, low);
        if (right - left < 1e-9) (left, right) = (left - 1, right + 1);
        if (high - low < 1e-12 * Math.Max(1, Math.Abs(high)) || high <= low) (low, high) = (low - Math.Max(1e-9, Math.Abs(low) * 0.1), high + Math.Max(1e-9, Math.Abs(high) * 0.1));
        double across = right - left, up = high - low;
        plot.Axes.SetLimits(left - across * 0.015, right + across * 0.015, chart.FromZero && low == 0 ? 0 : low - up * 0.05, high + up * 0.16);
    }

    [GeneratedRegex(Ink + @"|rgb\(29, ?36, ?48\)", RegexOptions.IgnoreCase)]
    private static partial Regex InkColor();

    // Several drawings on one page must not share names.
    [GeneratedRegex("""(\bid="|url\(#|href="#)""")]
    private static partial Regex Identifier();

    [GeneratedRegex("""<svg((?: xmlns(?::\w+)?="[^"]*")*)(?: (?:width|height)="[^"]*")+""")]
    private static partial Regex Size();
}
