using System.Globalization;

namespace LeanTune.Cli.Commands.Memory;

/// <summary>Memory against time as a plot of characters: readable in a pipe and without colour.</summary>
internal static class FrontierPlot
{
    private const int Width = 60, Height = 10;

    /// <summary>Draws points.</summary>
    /// <param name="output">Where the lines go.</param>
    /// <param name="points">Bytes and relative times; fewer than two are not drawn.</param>
    public static void Write(TextWriter output, IReadOnlyList<(double Bytes, double Time)> points)
    {
        if (points.Count < 2) return;
        (double left, double right) = (Math.Log(points.Min(point => point.Bytes)), Math.Log(points.Max(point => point.Bytes)));
        (double low, double high) = (points.Min(point => point.Time), points.Max(point => point.Time));
        char[][] canvas = [.. Enumerable.Range(0, Height).Select(_ => new string(' ', Width).ToCharArray())];
        foreach ((double bytes, double time) in points)
        {
            int column = (int)Math.Round((Width - 1) * (Math.Log(bytes) - left) / Math.Max(1e-9, right - left));
            int row = (int)Math.Round((Height - 1) * (high - time) / Math.Max(1e-9, high - low));
            canvas[row][column] = '*';
        }

        for (int row = 0; row < Height; row++)
        {
            string label = row == 0 ? Time(high) : row == Height - 1 ? Time(low) : "";
            output.WriteLine($"{label,6} |{new string(canvas[row]).TrimEnd()}");
        }

        string first = MemoryText.Bytes((long)Math.Exp(left)), last = MemoryText.Bytes((long)Math.Exp(right));
        output.WriteLine($"{"",6} +{new string('-', Width)}");
        output.WriteLine($"{"time",6}  {first}{last.PadLeft(Width - first.Length)}");
    }

    private static string Time(double time) => time.ToString("0.00", CultureInfo.InvariantCulture);
}
