using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>
/// <see cref="Trellis"/> over rows: eight rows in the lanes of a vector walk through the trellis together, feature by feature. Takes the
/// same choices as <see cref="TrellisSearch"/>.
/// </summary>
/// <typeparam name="TLevels">How many codes.</typeparam>
internal sealed unsafe class TrellisKernel<TLevels> : RowQuantizer
    where TLevels : struct, ILevels
{
    private const int States = Trellis.States, Half = States / 2;

    private readonly int _features;
    private readonly Trellis _trellis;
    private readonly float* _thresholds, _windowValues;
    private readonly int* _subsets;
    private readonly uint* _choices, _indices;

    /// <param name="trellis">The quantiser.</param>
    /// <param name="features">Numbers of a row.</param>
    public TrellisKernel(Trellis trellis, int features)
    {
        (_trellis, _features) = (trellis, features);
        int tables = trellis.Thresholds.Length + (2 * States * (trellis.SubsetLevels + 1));
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)(sizeof(float) * ((2L * GroupRows * features) + tables)), 64);
        _choices = (uint*)memory; // (features, rows): a bit for each state
        _indices = _choices + ((long)GroupRows * features); // (features, rows): a half byte for each subset
        _subsets = (int*)(_indices + ((long)GroupRows * features)); // by window
        _windowValues = (float*)(_subsets + (2 * States)); // by index in the subset and window
        _thresholds = _windowValues + (2 * States * trellis.SubsetLevels);
        trellis.Thresholds.CopyTo(new Span<float>(_thresholds, trellis.Thresholds.Length));
        for (int window = 0; window < 2 * States; window++)
        {
            _subsets[window] = Trellis.Subset(window);
            for (int index = 0; index < trellis.SubsetLevels; index++)
                _windowValues[(index * 2 * States) + window] = trellis.Values[(Trellis.Subsets * index) + _subsets[window]];
        }
    }

    public override void Encode(float* rows, int stride, int count)
    {
        float* loss = stackalloc float[States * GroupRows];
        Forward(rows, stride, count, loss);
        for (int row = 0; row < count; row++) Back(Best(loss + row), row, (int*)rows + ((long)row * stride));
    }

    public override void Decode(float* row, float scale)
    {
        int window = 0;
        for (int i = 0; i < _features; i++)
        {
            int code = ((int*)row)[i];
            window = ((window << 1) | (code & 1)) & ((2 * States) - 1);
            row[i] = _windowValues[((code >> 1) * 2 * States) + window] * scale;
        }
    }

    public override void Dispose() => NativeMemory.AlignedFree(_choices);

    /// <summary>The least loss of all that leads to each state at the rows' end (states, rows); choices and indices on the way.</summary>
    private void Forward(float* rows, int stride, int count, float* loss)
    {
        float* other = stackalloc float[States * GroupRows], losses = stackalloc float[Trellis.Subsets * GroupRows];
        float* before = loss, after = other;
        new Span<float>(before, States * GroupRows).Fill(float.PositiveInfinity);
        Vector256<float>.Zero.Store(before);
        SubsetTable<TLevels> subsets = new(_trellis);
        // Lanes without a row of their own repeat the last row.
        float* r1 = Row(1), r2 = Row(2), r3 = Row(3), r4 = Row(4), r5 = Row(5), r6 = Row(6), r7 = Row(7);
        for (int i = 0; i < _features; i++)
        {
            subsets.Nearest(Vector256.Create(rows[i], r1[i], r2[i], r3[i], r4[i], r5[i], r6[i], r7[i]), _thresholds, losses).Store(_indices + ((long)GroupRows * i));
            Step(before, after, losses).Store(_choices + ((long)GroupRows * i));
            float* spare = before;
            before = after;
            after = spare;
        }
        if (before != loss) new Span<float>(before, States * GroupRows).CopyTo(new Span<float>(loss, States * GroupRows));

        float* Row(int row) => rows + ((long)Math.Min(row, count - 1) * stride);
    }

    /// <summary>One feature: the states 2p and 2p + 1 are both reached from p and from p + 16, by two subsets that change places.</summary>
    private Vector256<uint> Step(float* before, float* after, float* losses)
    {
        var choices = Vector256<uint>.Zero;
        for (int state = Half - 1; state >= 0; state--)
        {
            int subset = _subsets[2 * state];
            var near = Vector256.Load(losses + (GroupRows * subset));
            var far = Vector256.Load(losses + (GroupRows * (subset ^ 2)));
            var first = Vector256.Load(before + (GroupRows * state));
            var second = Vector256.Load(before + (GroupRows * (state + Half)));
            choices = Take(first + far, second + near, choices, after + (GroupRows * ((2 * state) + 1)));
            choices = Take(first + near, second + far, choices, after + (GroupRows * 2 * state));
        }
        return choices;
    }

    /// <summary>Stores the smaller loss, and appends a bit that says whether it is the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Take(Vector256<float> first, Vector256<float> second, Vector256<uint> choices, float* into)
    {
        Vector256.MinNative(second, first).Store(into);
        return choices + choices - Vector256.LessThan(second, first).AsUInt32();
    }

    private static int Best(float* loss)
    {
        int best = 0;
        for (int state = 1; state < States; state++)
            if (loss[state * GroupRows] < loss[best * GroupRows]) best = state;
        return best;
    }

    private void Back(int state, int row, int* codes)
    {
        uint* choices = _choices + row, indices = _indices + row;
        for (int i = _features - 1; i >= 0; i--)
        {
            int window = state + (int)(((choices[(long)GroupRows * i] >> state) & 1) * States); // the state before, and the bit
            int index = TLevels.Count == 2 ? 0 : (int)(indices[(long)GroupRows * i] >> (SubsetTable<TLevels>.IndexBits * _subsets[window])) & (SubsetTable<TLevels>.SubsetLevels - 1);
            codes[i] = (2 * index) | (window & 1);
            state = window >> 1;
        }
    }
}
