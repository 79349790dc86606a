using LeanTune.Cli.Report;

namespace LeanTune.Cli.Commands.Compare;

/// <summary>
/// How far a mean or a median of a run's steps may be off by chance, though its steps are not independent: whole stretches of steps are drawn
/// anew, with replacement, around the end to the beginning (the circular block bootstrap of Politis and Romano, 1992).
/// </summary>
/// <remarks>
/// A stretch is as long as twice the integrated autocorrelation time of the values, at least the cube root of their number, and at most a fifth of it.
/// The margin is Student's t with one degree of freedom less than there are stretches, since the error itself is estimated from so few.
/// </remarks>
internal static class BlockBootstrap
{
    /// <summary>Fewer values say nothing about their spread.</summary>
    public const int FewestValues = 10;

    private const int Draws = 1000, MostLags = 1000, MostForMedian = 4000;

    // Any seed will do; a fixed one gives the same answer each time.
    private const int Seed = 20250925;

    /// <summary>The mean of values in the order in which they came.</summary>
    /// <exception cref="ArgumentException">There are fewer than <see cref="FewestValues"/>.</exception>
    public static Spread OfMean(double[] values)
    {
        Require(values);
        int length = StretchLength(values), stretches = (values.Length + length - 1) / length;
        double[] sums = new double[values.Length + length + 1]; // sums[i]: the values before i, around the end
        for (int i = 1; i < sums.Length; i++) sums[i] = sums[i - 1] + values[(i - 1) % values.Length];
        Random random = new(Seed);
        double[] means = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            double sum = 0;
            for (int i = 0; i < stretches; i++)
            {
                int start = random.Next(values.Length);
                sum += sums[start + length] - sums[start];
            }

            means[draw] = sum / (stretches * length);
        }

        return Of(values.Average(), means, stretches);
    }

    /// <summary>The natural logarithm of the median of positive values: differences of two are ratios.</summary>
    /// <remarks>Of very many values only the last 4000 are taken.</remarks>
    /// <exception cref="ArgumentException">There are fewer than <see cref="FewestValues"/>.</exception>
    public static Spread OfLogMedian(double[] values)
    {
        Require(values);
        values = values.Length > MostForMedian ? values[^MostForMedian..] : values;
        int length = StretchLength(values), stretches = (values.Length + length - 1) / length;
        Random random = new(Seed);
        double[] medians = new double[Draws / 2];
        double[] sample = new double[stretches * length];
        for (int draw = 0; draw < medians.Length; draw++)
        {
            for (int i = 0; i < stretches; i++)
            {
                int start = random.Next(values.Length);
                for (int j = 0; j < length; j++) sample[i * length + j] = values[(start + j) % values.Length];
            }

            medians[draw] = Math.Log(RunFigures.Median(sample));
        }

        return Of(Math.Log(RunFigures.Median(values)), medians, stretches);
    }

    /// <summary>Steps that are drawn together.</summary>
    internal static int StretchLength(double[] values)
    {
        int n = values.Length;
        double mean = values.Average();
        double variance = values.Sum(value => (value - mean) * (value - mean));
        double time = 1;
        for (int lag = 1; variance > 0 && lag < Math.Min(n / 4, MostLags); lag++)
        {
            double together = 0;
            for (int i = lag; i < n; i++) together += (values[i] - mean) * (values[i - lag] - mean);
            if (together <= 0) break; // beyond it there is only noise
            time += 2 * together / variance;
        }

        return Math.Clamp((int)Math.Ceiling(2 * time), (int)Math.Ceiling(Math.Cbrt(n)), Math.Max((int)Math.Ceiling(Math.Cbrt(n)), n / 5));
    }

    /// <summary>Student's t that 99 of 100 stay within, by its expansion around the normal's 2.576 (Abramowitz and Stegun 26.7.5); a hundredth too low at 4 degrees of freedom.</summary>
    internal static double StudentT(int degrees)
    {
        const double z = 2.5758293;
        double z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z, d = Math.Max(1, degrees);
        return z + (z3 + z) / (4 * d) + (5 * z5 + 16 * z3 + 3 * z) / (96 * d * d) + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * d * d * d);
    }

    private static Spread Of(double value, double[] drawn, int stretches)
    {
        double mean = drawn.Average();
        double error = Math.Sqrt(drawn.Sum(one => (one - mean) * (one - mean)) / (drawn.Length - 1));
        // Drawing with replacement from k stretches spreads by (k - 1) / k too little.
        error *= Math.Sqrt(stretches / (stretches - 1.0));
        return new Spread(value, error, StudentT(stretches - 1) * error);
    }

    private static void Require(double[] values)
    {
        if (values.Length < FewestValues) throw new ArgumentException($"{values.Length} values are too few to tell their spread: at least {FewestValues}.", nameof(values));
    }
}
