using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// Trellis-coded quantisation of normal numbers (Marcellin and Fischer 1990): twice as many levels as a code can name, of which the
/// codes before allow half. The best row of codes, found by <see cref="TrellisSearch"/>, loses 0.8 to 1.9 dB less than the best single levels.
/// </summary>
/// <remarks>
/// The levels, rising, belong in turn to the subsets 0, 1, 2, 3, 0, … A code is an index within a subset times two, plus a bit. The window of
/// this bit (its lowest) and the three bits before it, which are 0 before the row's start, chooses the subset by a convolutional code:
/// one parity for the subset's high bit and one for its low bit. So two subsets, every second level, follow from the bits before, and the bit chooses of the two.
/// <para>Eight states, since their losses fit into registers: 32 states lose 0.15 dB less, with four times as many sums. Of the codes of eight states
/// that change places as <see cref="Kernels.TrellisKernel{TLevels}"/> needs it, this one is within 0.005 dB of the best at one and two bits. Levels
/// are means of the numbers that the best paths bring to them, found by alternating (Lloyd 1957) over 866,000 normal numbers in rows of 576, 60 to 120 times.</para>
/// </remarks>
internal sealed class Trellis : Quantizer
{
    /// <summary>Bits before a code's own that choose its subset.</summary>
    public const int Memory = 3;

    /// <summary>What these bits can be.</summary>
    public const int States = 1 << Memory;

    /// <summary>Parts of the levels.</summary>
    public const int Subsets = 4;

    private const int HighTaps = 0b1101, LowTaps = 0b0010;

    private static readonly Trellis[] s_all =
    [
        new(0.3036, [0.3490f, 1.2020f]),
        new(0.0855, [0.1921f, 0.6001f, 1.0695f, 1.8671f]),
        new(0.0233, [0.1054f, 0.3002f, 0.5254f, 0.7507f, 1.0156f, 1.3306f, 1.7735f, 2.4697f]),
        new(0.00612,
            [0.0566f, 0.1539f, 0.2679f, 0.3712f, 0.4892f, 0.6019f, 0.7261f, 0.8513f, 0.9909f, 1.1381f, 1.3085f, 1.5049f, 1.7490f, 2.0509f, 2.4464f, 3.0494f]),
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
    /// <param name="window">Four bits: twice the state, plus the bit.</param>
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
        using Tensor table = from_array(entries, device: indices.device), flat = indices.flatten(); // flat: (all)
        return table.index_select(0, flat).view(indices.shape); // as the indices
    }
}
