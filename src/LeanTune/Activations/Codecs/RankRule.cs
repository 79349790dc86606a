using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace LeanTune.Activations.Codecs;

/// <summary>How many directions a low-rank codec keeps of an activation.</summary>
public abstract record RankRule
{
    /// <summary>The rank for an activation of this size: at least 1, at most the smaller side.</summary>
    /// <param name="rows">Real rows (tokens).</param>
    /// <param name="features">Width.</param>
    public int For(long rows, long features) => (int)Math.Clamp(Wanted(rows, features), 1, Math.Max(1, Math.Min(rows, features)));

    /// <summary>The share of the activation's energy (sum of squares) that the directions hold, where the rank follows from the values; else null.</summary>
    public virtual double? EnergyShare => null;

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

    /// <summary>
    /// As few directions as hold a share of the energy (sum of squares over the real rows). Found activation by activation: <see cref="For"/> is
    /// the most it can be, the last rank at which factors are no larger than the activation.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above 0 and below 1.</exception>
    public static RankRule Energy(double share)
    {
        if (!(share > 0 && share < 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share of the energy is above 0 and below 1.");
        return new EnergyRule(share, share.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads a rank as recipes spell it: <c>72</c>, <c>0.125</c>, <c>1/8</c> or <c>energy 0.95</c>.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static RankRule Parse(string text) => TryParse(text, out RankRule? rule)
        ? rule
        : throw new FormatException($"'{text}' is no rank: {Expected}.");

    /// <summary>What a rank looks like, for messages.</summary>
    internal const string Expected = "expected a whole number from 1 (72), a share of the features above 0 and at most 1 (1/8, 0.125), "
        + "or a share of the energy above 0 and below 1 (energy 0.95)";

    /// <summary>Reads a rank as recipes spell it, and says whether it is one.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RankRule? rule)
    {
        ArgumentNullException.ThrowIfNull(text);
        rule = null;
        string trimmed = text.Trim();
        if (int.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out int rank))
            rule = rank >= 1 ? Absolute(rank) : null;
        else if (trimmed.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is ["energy", var share])
            rule = Quotient(share, "1") is { } energy and < 1 ? new EnergyRule(energy, share) : null;
        else if (trimmed.Split('/', StringSplitOptions.TrimEntries) is [string over] && Quotient(over, "1") is { } part)
            rule = new FractionRule(part, trimmed);
        else if (trimmed.Split('/', StringSplitOptions.TrimEntries) is [string top, string under] && Quotient(top, under) is { } fraction)
            rule = new FractionRule(fraction, trimmed);
        return rule is not null;
    }

    private static double? Quotient(string over, string under) =>
        double.TryParse(over, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double top)
        && double.TryParse(under, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double bottom)
        && top / bottom is > 0 and <= 1
            ? top / bottom
            : null;

    /// <summary>The rank before it is cut to the matrix.</summary>
    private protected abstract long Wanted(long rows, long features);

    private sealed record AbsoluteRule(int Rank) : RankRule
    {
        public override string ToString() => Rank.ToString(CultureInfo.InvariantCulture);

        private protected override long Wanted(long rows, long features) => Rank;
    }

    private sealed record FractionRule(double Share, string Text) : RankRule
    {
        public override string ToString() => Text;

        private protected override long Wanted(long rows, long features) => (long)Math.Round(Share * features, MidpointRounding.AwayFromZero);
    }

    private sealed record EnergyRule(double Share, string Text) : RankRule
    {
        public override double? EnergyShare => Share;

        public override string ToString() => $"energy {Text}";

        private protected override long Wanted(long rows, long features) => rows * features / Math.Max(1, rows + features);
    }
}
