using System.Globalization;

namespace LeanTune.Activations.Codecs;

/// <summary>How many directions a low-rank codec keeps of an activation.</summary>
public abstract record RankRule
{
    /// <summary>The rank for an activation of this size: at least 1, at most the smaller side.</summary>
    /// <param name="rows">Real rows (tokens).</param>
    /// <param name="features">Width.</param>
    public int For(long rows, long features) => (int)Math.Clamp(Wanted(features), 1, Math.Max(1, Math.Min(rows, features)));

    /// <summary>Always the same rank.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public static RankRule Absolute(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        return new AbsoluteRule(rank);
    }

    /// <summary>A share of the features, rounded to the nearest, never 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above 0 and at most 1.</exception>
    public static RankRule Fraction(double fraction)
    {
        if (!(fraction > 0 && fraction <= 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "A rank fraction is above 0 and at most 1.");
        return new FractionRule(fraction, fraction.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads a rank as recipes spell it: <c>72</c>, <c>0.125</c> or <c>1/8</c>.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static RankRule Parse(string text)
    {
        string trimmed = text.Trim();
        if (int.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank >= 1) return Absolute(rank);
        string[] parts = trimmed.Split('/', StringSplitOptions.TrimEntries);
        if (parts.Length is 1 or 2
            && double.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double over))
        {
            double under = 1;
            bool understood = parts.Length == 1 || double.TryParse(parts[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out under);
            if (understood && over / under is > 0 and <= 1) return new FractionRule(over / under, trimmed);
        }
        throw new FormatException($"'{text}' is no rank: a whole number from 1 (72), or a fraction of the features above 0 and at most 1 (1/8, 0.125), is expected.");
    }

    /// <summary>The rank before it is cut to the matrix.</summary>
    private protected abstract long Wanted(long features);

    private sealed record AbsoluteRule(int Rank) : RankRule
    {
        public override string ToString() => Rank.ToString(CultureInfo.InvariantCulture);

        private protected override long Wanted(long features) => Rank;
    }

    private sealed record FractionRule(double Share, string Text) : RankRule
    {
        public override string ToString() => Text;

        private protected override long Wanted(long features) => (long)Math.Round(Share * features, MidpointRounding.AwayFromZero);
    }
}
