using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>The levels of a trellis's four subsets in vectors: the nearest of each to eight numbers at a time.</summary>
/// <typeparam name="TLevels">How many codes.</typeparam>
internal readonly unsafe struct SubsetTable<TLevels>
    where TLevels : struct, ILevels
{
    /// <summary>Bits from one subset's index to the next one's.</summary>
    public const int IndexBits = 4;

    private readonly Vector256<float> _first, _second, _third, _fourth; // a subset's levels

    /// <param name="trellis">The quantiser.</param>
    public SubsetTable(Trellis trellis)
    {
        (_first, _second, _third, _fourth) = (Levels(0), Levels(1), Levels(2), Levels(3));

        Vector256<float> Levels(int subset)
        {
            Span<float> levels = stackalloc float[8];
            levels.Clear();
            for (int index = 0; index < SubsetLevels; index++) levels[index] = trellis.Values[(Trellis.Subsets * index) + subset];
            return Vector256.Create<float>(levels);
        }
    }

    /// <summary>Levels in a subset: half as many as codes.</summary>
    public static int SubsetLevels => TLevels.Count / 2;

    /// <summary>Finds the nearest levels.</summary>
    /// <param name="numbers">Eight numbers.</param>
    /// <param name="thresholds">The trellis's thresholds.</param>
    /// <param name="loss0">The squares of what the first subset misses; the next three receive those of the others.</param>
    /// <param name="loss1">The second subset's.</param>
    /// <param name="loss2">The third's.</param>
    /// <param name="loss3">The fourth's.</param>
    /// <returns>For each number the four indices, half a byte each, the first subset's lowest.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<uint> Nearest(
        Vector256<float> numbers, float* thresholds, out Vector256<float> loss0, out Vector256<float> loss1, out Vector256<float> loss2, out Vector256<float> loss3) =>
        Of(numbers, _first, thresholds, out loss0)
        | Vector256.ShiftLeft(Of(numbers, _second, thresholds + 1, out loss1), IndexBits)
        | Vector256.ShiftLeft(Of(numbers, _third, thresholds + 2, out loss2), 2 * IndexBits)
        | Vector256.ShiftLeft(Of(numbers, _fourth, thresholds + 3, out loss3), 3 * IndexBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Of(Vector256<float> numbers, Vector256<float> levels, float* thresholds, out Vector256<float> loss)
    {
        var index = Vector256<uint>.Zero;
        for (int next = 0; next < SubsetLevels - 1; next++)
            index -= Vector256.GreaterThan(numbers, Vector256.Create(thresholds[Trellis.Subsets * next])).AsUInt32();
        Vector256<float> off = numbers - Vector256.ShuffleNative(levels, index.AsInt32());
        loss = off * off;
        return index;
    }
}
