using LeanTune.Linalg;
using LeanTune.Native;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>Finds the directions of a difference that are worth their bits, from a sample of its rows.</summary>
/// <remarks>
/// The range is seen through the matrix's own columns, as in <see cref="SampledQb"/>; within it the directions are principal axes,
/// taken in order of energy while each saves more bits of the remainder than it costs.
/// </remarks>
internal static class DirectionFit
{
    /// <summary>
    /// What a direction's entry is taken to cost, over all tokens. It takes 4 bits, but a bit more of the remainder gains less than the
    /// fourfold energy that the gain below supposes (0.91 to 0.96 bits' worth along the trellis). The exact price matters little: 3.7 gave
    /// the same gradient at the same bits.
    /// </summary>
    private const double BitsPerEntry = 3;

    /// <summary>A direction never counts as holding all that is left.</summary>
    private const double MostOfRest = 0.9999;

    /// <summary>One of so many sampled columns is among the strongest: strong lone columns are not left to chance.</summary>
    private const int StrongShare = 8;

    /// <summary>Finds directions.</summary>
    /// <param name="sample">(r, n) fp32, finite; is scaled in place.</param>
    /// <param name="energy">Sum of squares of the whole matrix.</param>
    /// <param name="tokens">Rows of the whole matrix.</param>
    /// <param name="tried">How many to look at.</param>
    /// <param name="draws">Chooses columns.</param>
    /// <returns>Null when none pays; else the caller disposes it.</returns>
    public static Directions? Find(Tensor sample, double energy, long tokens, int tried, IDraws draws)
    {
        using var scope = NewDisposeScope();
        (long rows, long features) = (sample.shape[0], sample.shape[1]);
        tried = (int)Math.Min(tried, Math.Min(rows, features));
        if (tried == 0 || !(energy > 0)) return null;
        // Sums of fourth powers must neither overflow nor vanish.
        sample.mul_(1 / Math.Sqrt(energy / ((double)tokens * features)));
        Tensor basis = Orthonormal.Basis(Range(sample, Columns(sample, tried, draws))).nan_to_num_(0, 0, 0); // (n, tried)
        Tensor projected = sample.mm(basis); // (r, tried)
        PeakSampler.Look();
        (Tensor values, Tensor vectors) = linalg.eigh(projected.t().mm(projected)); // rising
        double[] energies = [.. values.to(CPU).data<float>().ToArray().Reverse().Select(value => Math.Max(0, (double)value * tokens / rows))];
        int[] bits = WorthTheirBits(energies, (double)tokens * features, tokens, features);
        if (bits.Length == 0) return null;
        // eigh has the strongest direction last; those with finer coefficients go first.
        long[] order = [.. Enumerable.Range(0, bits.Length).OrderByDescending(index => bits[index]).Select(index => (long)(tried - 1 - index))];
        Tensor kept = basis.mm(vectors.index_select(1, tensor(order, device: sample.device))); // (n, k)
        return new Directions(kept.t(), bits.Count(width => width == 4));
    }

    /// <summary>Bits of the coefficient of each direction worth having, in order of energy.</summary>
    /// <param name="energies">Falling.</param>
    /// <param name="total">Energy of the whole matrix.</param>
    /// <param name="tokens">Rows.</param>
    /// <param name="features">Columns.</param>
    public static int[] WorthTheirBits(ReadOnlySpan<double> energies, double total, long tokens, long features)
    {
        List<int> bits = [];
        double rest = total;
        foreach (double energy in energies)
        {
            (double coarse, double coarseTaken) = Gain(energy, rest, 2, LloydMax.Of(4).Distortion + Directions.Distortion);
            (double fine, double fineTaken) = Gain(energy, rest, 4, LloydMax.Of(16).Distortion + Directions.Distortion);
            if (!(Math.Max(coarse, fine) > 0)) break;
            bits.Add(fine > coarse ? 4 : 2);
            rest -= fine > coarse ? fineTaken : coarseTaken;
        }
        return [.. bits];

        // Bits a token that the remainder needs less for the same error, less what the direction costs.
        (double Gain, double Taken) Gain(double energy, double rest, int width, double lost)
        {
            double taken = Math.Min(energy * (1 - lost), MostOfRest * rest);
            return ((features / 2.0 * Math.Log2(rest / (rest - taken))) - width - (BitsPerEntry * features / tokens), taken);
        }
    }

    private static Tensor Range(Tensor sample, Tensor columns)
    {
        using Tensor chosen = sample.index_select(1, columns); // (r, tried)
        return sample.t().mm(chosen); // (n, tried)
    }

    private static Tensor Columns(Tensor sample, int count, IDraws draws)
    {
        long features = sample.shape[1];
        HashSet<long> chosen = [.. sample.norm(0).topk(Math.Max(1, count / StrongShare)).indexes.to(CPU).data<long>().ToArray()];
        foreach (long column in draws.DistinctIndices(count, features))
            if (chosen.Count < count) chosen.Add(column);
        return tensor(chosen.ToArray(), device: sample.device);
    }
}
