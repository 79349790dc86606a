using System.Globalization;

namespace LeanTune.Training;

/// <summary>The rank of low-rank activations as options spell it: a whole number, or a share of the features such as <c>1/8</c> or <c>0.125</c>.</summary>
public readonly record struct ActivationRank
{
    private readonly int absolute;
    private readonly double share;

    private ActivationRank(int absolute, double share) => (this.absolute, this.share) = (absolute, share);

    /// <summary>Reads a rank.</summary>
    /// <param name="text">A whole number from 1; or a fraction or decimal above 0 and at most 1.</param>
    /// <param name="rank">The rank, when the answer is true.</param>
    /// <returns>Whether the text is a rank.</returns>
    public static bool TryParse(string text, out ActivationRank rank)
    {
        ArgumentNullException.ThrowIfNull(text);
        rank = default;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int whole))
        {
            rank = new(whole, 0);
            return whole >= 1;
        }
        string[] parts = text.Split('/');
        double share = parts.Length == 2 ? Number(parts[0].Trim()) / Number(parts[1].Trim()) : Number(text);
        rank = new(0, share);
        return share is > 0 and <= 1;
    }

    /// <summary>The rank for tensors of so many features: at least 1, and a share rounded down.</summary>
    public int For(int features) => absolute > 0 ? absolute : Math.Max(1, (int)Math.Floor(share * features + 1e-9));

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
}
