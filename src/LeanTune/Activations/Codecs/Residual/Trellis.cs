using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// Trellis-coded quantisation of normal numbers (Marcellin and Fischer 1990): twice as many levels as a code can name, of which the
/// codes before allow half. The best row of codes, found by <see cref="TrellisSearch"/>, loses about 1 to 2 dB less than the best single levels.
/// </summary>
/// <remarks>
/// The levels, rising, belong in turn to the subsets 0, 1, 2, 3, 0, … A code is an index within a subset times two, plus a bit. The window of
/// this bit (its lowest) and the five bits before it, which are 0 before the row's start, chooses the subset by a convolutional code:
/// one parity for the subset's high bit and one for its low bit. So two subsets, every second level, follow from the bits before, and the bit chooses of the two.
/// <para>Of the codes of 32 states this one lost least at one and two bits, a little less than Ungerboeck's (45, 10 in octal), which were made for
/// channels. Levels are means of the numbers that the best paths bring to them, found by alternating (Lloyd 1957) over 864,000 normal
/// numbers, sixty times, in rows of 576.</para>
/// </remarks>
internal sealed class Trellis : Quantizer
{
    /// <summary>Bits before a code's own that choose its subset.</summary>
    public const int Memory = 5;

    /// <summary>What these bits can be.</summary>
    public const int States = 1 << Memory;

    /// <summary>Parts of the levels.</summary>
    public const int Subsets = 4;

    private const int HighTaps = 0b111_101, LowTaps = 0b010_010; // 75 and 22 in octal

    private static readonly Trellis[] s_all =
    [
        new(0.2912, [0.2814f, 1.2206f]),
        new(0.0823, [0.1856f, 0.5839f, 1.0610f, 1.8722f]),
        new(0.0225, [0.0995f, 0.3013f, 0.5119f, 0.7422f, 1.0010f, 1.3327f, 1.7881f, 2.4939f]),
        new(0.00595,
            [0.0548f, 0.1664f, 0.2782f, 0.3925f, 0.5086f, 0.6301f, 0.7554f, 0.8892f, 1.0327f, 1.1898f, 1.3666f, 1.5708f, 1.8171f, 2.1185f, 2.5134f, 3.1125f]),
    ];

    private Trellis(double distortion, float[] magnitudes)
        : base(magnitudes.Length, distortion)
    {
        Values = [.. magnitudes.Reverse().Select(magnitude => -magnitude), .. magnitudes];
        Thresholds = [.. Enumerable.Range(0, Values.Length - Subsets).Select(level => (Values[level] + Values[level + Subsets]) / 2)];
    }

    /// <summary>The levels, rising: level 4i + s is level i of subset s.</summary>
    public float[] Values { get; }

    /// <summary>Where within its subset each level ends and the next, four further on, begins.</summary>
    public float[] Thresholds { get; }

    /// <summary>Levels in a subset.</summary>
    public int SubsetLevels => Values.Length / Subsets;

    /// <summary>The quantiser of so many codes: 2, 4, 8 or 16.</summary>
    public static Trellis Of(int levels) => Array.Find(s_all, trellis => trellis.Levels == levels)
        ?? throw new ArgumentOutOfRangeException(nameof(levels), levels, "2, 4, 8 or 16 codes are expected.");

    /// <summary>The subset that a bit, lowest, and the bits before it choose.</summary>
    /// <param name="window">Six bits: twice the state, plus the bit.</param>
    public static int Subset(int window) => (2 * (int.PopCount(window & HighTaps) & 1)) + (int.PopCount(window & LowTaps) & 1);

    /// <inheritdoc/>
    public override Tensor Encode(Tensor numbers) => TrellisSearch.BestCodes(this, numbers);

    /// <inheritdoc/>
    public override Tensor Decode(Tensor codes)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        Tensor wide = codes.to(ScalarType.Int64); // (r, n)
        Tensor bits = wide.bitwise_and(1);
        Tensor windows = bits.clone();
        for (int back = 1; back <= Math.Min(Memory, codes.shape[1]); back++)
        {
            long left = codes.shape[1] - back;
            using Scalar weight = 1L << back;
            windows.narrow(1, back, left).add_(bits.narrow(1, 0, left), weight);
        }
        Tensor subsets = Table([.. Enumerable.Range(0, 2 * States).Select(window => (long)Subset(window))], windows);
        using Scalar count = (long)Subsets, one = 1L;
        Tensor levels = wide.bitwise_right_shift(1).mul_(count).add_(subsets, one);
        return Table(Values, levels).MoveToOuterDisposeScope();
    }

    private static Tensor Table<T>(T[] entries, Tensor indices)
        where T : unmanaged
    {
        using Tensor table = from_array(entries, device: indices.device), flat = indices.flatten();
        return table.index_select(0, flat).view(indices.shape);
    }
}
