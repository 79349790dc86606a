using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>
/// <see cref="Trellis"/> over rows: eight rows in the lanes of a vector walk through the trellis together, feature by feature, and back. The
/// losses of its eight states stay in registers. Takes the same choices as <see cref="TrellisSearch"/>.
/// </summary>
/// <typeparam name="TLevels">How many codes.</typeparam>
internal sealed unsafe class TrellisKernel<TLevels> : RowQuantizer
    where TLevels : struct, ILevels
{
    private const int States = Trellis.States, Windows = 2 * States;

    /// <summary>A feature's word holds a half byte for each subset, the index of its nearest level, and above them a bit for each state.</summary>
    private const int ChoiceBits = Trellis.Subsets * SubsetTable<TLevels>.IndexBits;

    private readonly int _features;
    private readonly Trellis _trellis;
    private readonly float* _lanes, _thresholds, _windowValues;

    /// <param name="trellis">The quantiser.</param>
    /// <param name="features">Numbers of a row.</param>
    public TrellisKernel(Trellis trellis, int features)
    {
        (_trellis, _features) = (trellis, features);
        int tables = trellis.Thresholds.Length + (Windows * trellis.SubsetLevels);
        _lanes = (float*)NativeMemory.AlignedAlloc((nuint)(sizeof(float) * (((long)GroupRows * features) + tables)), 64); // (features, rows): numbers, then words, then codes
        _windowValues = _lanes + ((long)GroupRows * features); // by index in the subset and window
        _thresholds = _windowValues + (Windows * trellis.SubsetLevels);
        trellis.Thresholds.CopyTo(new Span<float>(_thresholds, trellis.Thresholds.Length));
        for (int window = 0; window < Windows; window++)
            for (int index = 0; index < trellis.SubsetLevels; index++)
                _windowValues[(index * Windows) + window] = trellis.Values[(Trellis.Subsets * index) + Trellis.Subset(window)];
    }

    public override void Encode(float* rows, int stride, int count)
    {
        if (count < GroupRows) new Span<float>(_lanes, GroupRows * _features).Clear();
        LaneTransposition.Gather(rows, stride, count, _features, _lanes);
        Back(Forward());
        LaneTransposition.Scatter(_lanes, rows, stride, count, _features);
    }

    public override void Decode(float* row, float scale)
    {
        int window = 0;
        for (int i = 0; i < _features; i++)
        {
            int code = ((int*)row)[i];
            window = ((window << 1) | (code & 1)) & (Windows - 1);
            row[i] = _windowValues[((code >> 1) * Windows) + window] * scale;
        }
    }

    public override void Dispose() => NativeMemory.AlignedFree(_lanes);

    /// <summary>Replaces numbers by words; gives for each row the state at its end that loses least.</summary>
    private Vector256<uint> Forward()
    {
        SubsetTable<TLevels> subsets = new(_trellis);
        var never = Vector256.Create(float.PositiveInfinity);
        // What the best way to each state loses.
        Vector256<float> s0 = Vector256<float>.Zero, s1 = never, s2 = never, s3 = never, s4 = never, s5 = never, s6 = never, s7 = never;
        float* at = _lanes;
        for (int i = 0; i < _features; i++, at += GroupRows)
        {
            Vector256<uint> indices = subsets.Nearest(Vector256.Load(at), _thresholds, out Vector256<float> l0, out Vector256<float> l1, out Vector256<float> l2, out Vector256<float> l3);
            // The states 2p and 2p + 1 are both reached from p and from p + 4, by the subsets p and p ^ 2, which change places.
            var choices = Vector256<uint>.Zero;
            Vector256<float> n7 = Take(s3 + l1, s7 + l3, ref choices), n6 = Take(s3 + l3, s7 + l1, ref choices);
            Vector256<float> n5 = Take(s2 + l0, s6 + l2, ref choices), n4 = Take(s2 + l2, s6 + l0, ref choices);
            Vector256<float> n3 = Take(s1 + l3, s5 + l1, ref choices), n2 = Take(s1 + l1, s5 + l3, ref choices);
            Vector256<float> n1 = Take(s0 + l2, s4 + l0, ref choices), n0 = Take(s0 + l0, s4 + l2, ref choices);
            (s0, s1, s2, s3, s4, s5, s6, s7) = (n0, n1, n2, n3, n4, n5, n6, n7);
            (indices | Vector256.ShiftLeft(choices, ChoiceBits)).AsSingle().Store(at);
        }

        var best = Vector256<uint>.Zero;
        Better(s1, 1);
        Better(s2, 2);
        Better(s3, 3);
        Better(s4, 4);
        Better(s5, 5);
        Better(s6, 6);
        Better(s7, 7);
        return best;

        void Better(Vector256<float> loss, uint state)
        {
            Vector256<float> less = Vector256.LessThan(loss, s0);
            best = Vector256.ConditionalSelect(less.AsUInt32(), Vector256.Create(state), best);
            s0 = Vector256.ConditionalSelect(less, loss, s0);
        }
    }

    /// <summary>The smaller loss; appends a bit that says whether it is the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Take(Vector256<float> first, Vector256<float> second, ref Vector256<uint> choices)
    {
        choices = choices + choices - Vector256.LessThan(second, first).AsUInt32();
        return Vector256.MinNative(second, first);
    }

    /// <summary>Replaces words by codes, from each row's last state back along the choices that led there.</summary>
    private void Back(Vector256<uint> state)
    {
        Vector256<uint> one = Vector256<uint>.One, most = Vector256.Create((uint)SubsetTable<TLevels>.SubsetLevels - 1), choicesAt = Vector256.Create((uint)ChoiceBits);
        // Where a word has the index of the subset that leads from p to the state; from p + 4 it is the one two further on, or back.
        Vector256<uint> places = Places();
        uint* at = (uint*)_lanes + ((long)GroupRows * _features);
        for (int i = 0; i < _features; i++)
        {
            at -= GroupRows;
            var word = Vector256.Load(at);
            Vector256<uint> choice = ShiftRight(word, state + choicesAt) & one;
            Vector256<uint> code = state & one;
            if (SubsetTable<TLevels>.SubsetLevels > 1)
            {
                Vector256<uint> place = Vector256.ShuffleNative(places, state) ^ Vector256.ShiftLeft(choice, 1 + int.Log2(SubsetTable<TLevels>.IndexBits));
                Vector256<uint> index = ShiftRight(word, place) & most;
                code |= index + index;
            }
            code.Store(at);
            state = Vector256.ShiftRightLogical(state, 1) + Vector256.ShiftLeft(choice, Trellis.Memory - 1);
        }
    }

    private static Vector256<uint> Places()
    {
        Span<uint> places = stackalloc uint[States];
        for (int state = 0; state < States; state++) places[state] = (uint)(SubsetTable<TLevels>.IndexBits * Trellis.Subset(state));
        return Vector256.Create<uint>(places);
    }

    /// <summary>Shifts each lane by its own number of bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> ShiftRight(Vector256<uint> words, Vector256<uint> bits)
    {
        if (System.Runtime.Intrinsics.X86.Avx2.IsSupported) return System.Runtime.Intrinsics.X86.Avx2.ShiftRightLogicalVariable(words, bits);
        uint* shifted = stackalloc uint[GroupRows];
        for (int lane = 0; lane < GroupRows; lane++) shifted[lane] = words[lane] >> (int)bits[lane];
        return Vector256.Load(shifted);
    }
}
