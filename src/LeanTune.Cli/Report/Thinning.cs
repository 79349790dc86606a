namespace LeanTune.Cli.Report;

/// <summary>Leaves of long curves as many points as a screen can show, the extremes among them.</summary>
internal static class Thinning
{
    /// <summary>Points that are drawn at most, about.</summary>
    public const int MostPoints = 1600;

    /// <summary>The points themselves where they are few; else the lowest and highest of each stretch, in order, and both ends.</summary>
    public static IReadOnlyList<(double X, double Y)> Of(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Count <= MostPoints) return points;
        int stretches = MostPoints / 2;
        List<(double X, double Y)> kept = [points[0]];
        for (int i = 0; i < stretches; i++)
        {
            int first = 1 + (int)((long)i * (points.Count - 2) / stretches), end = 1 + (int)((long)(i + 1) * (points.Count - 2) / stretches);
            int low = first, high = first;
            for (int j = first; j < end; j++)
            {
                if (points[j].Y < points[low].Y) low = j;
                if (points[j].Y > points[high].Y) high = j;
            }

            kept.Add(points[Math.Min(low, high)]);
            if (low != high) kept.Add(points[Math.Max(low, high)]);
        }

        kept.Add(points[^1]);
        return kept;
    }
}
