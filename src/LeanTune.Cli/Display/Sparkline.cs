namespace LeanTune.Cli.Display;

/// <summary>A curve in one line of characters: the lowest value is the lowest character, the highest the highest.</summary>
internal static class Sparkline
{
    private const string Heights = "▁▂▃▄▅▆▇█";

    /// <summary>Without Unicode darker stands for higher.</summary>
    private const string Shades = ".:-=+*#@";

    /// <summary>Draws values in order.</summary>
    /// <param name="values">Finite numbers; neighbours are averaged where there are more than characters.</param>
    /// <param name="width">Characters at most.</param>
    /// <param name="unicode">Whether block characters can be shown.</param>
    /// <returns>The line, and the lowest and the highest number that it shows; nothing without values.</returns>
    public static (string Line, double Lowest, double Highest)? Of(IReadOnlyList<double> values, int width, bool unicode)
    {
        if (values.Count == 0 || width < 1) return null;
        int length = Math.Min(width, values.Count);
        double[] shown = [.. Enumerable.Range(0, length).Select(i => Mean(values, Start(i), Start(i + 1)))];
        double lowest = shown.Min(), highest = shown.Max();
        string levels = unicode ? Heights : Shades;
        // A flat curve lies in the middle: it is neither low nor high.
        return (string.Concat(shown.Select(value => levels[highest > lowest ? (int)Math.Round((value - lowest) / (highest - lowest) * (levels.Length - 1)) : levels.Length / 2])), lowest, highest);

        int Start(int i) => (int)((long)i * values.Count / length);
    }

    private static double Mean(IReadOnlyList<double> values, int from, int to)
    {
        double sum = 0;
        for (int i = from; i < to; i++) sum += values[i];
        return sum / (to - from);
    }
}
