using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Activations.Codecs.Residual;

/// <summary>
/// How a row of codes lies in bytes. A word is a number in base <see cref="Levels"/> whose digits are codes; neighbouring codes go to
/// neighbouring words, eight at a time, so that a vector of codes is one step of eight words.
/// </summary>
/// <remarks>
/// A full group is 8 · <see cref="Slots"/> codes: code 8s + i is digit s of word i. What is left at the end of a row forms a group of
/// fewer words, laid out alike. A word of more than one byte lies in planes: the low bytes of all words of the group first.
/// </remarks>
/// <param name="Levels">Distinct codes: 2, 4, 8 or 16.</param>
/// <param name="Count">Codes in a row.</param>
internal readonly record struct CodeLayout(int Levels, int Count)
{
    /// <summary>Words of a full group.</summary>
    public const int Lanes = 8;

    /// <summary>Codes in a word.</summary>
    public int Slots => Levels switch { 2 or 8 => 8, 4 => 4, _ => 2 };

    /// <summary>Bytes of a word.</summary>
    public int WordBytes => Levels == 8 ? 3 : 1;

    /// <summary>Full groups in a row.</summary>
    public int Groups => Count / (Lanes * Slots);

    /// <summary>Words of the group at the end of a row, from 0 to 8.</summary>
    public int TailLanes => ((Count % (Lanes * Slots)) + Slots - 1) / Slots;

    /// <summary>Bytes of a row.</summary>
    public int RowBytes => ((Groups * Lanes) + TailLanes) * WordBytes;

    /// <summary>Packs codes: (r, Count) uint8 gives (r, RowBytes) uint8; the caller disposes it.</summary>
    public Tensor Pack(Tensor codes)
    {
        using var scope = NewDisposeScope();
        long rows = codes.shape[0];
        int full = Groups * Lanes * Slots;
        List<Tensor> parts = [];
        if (Groups > 0)
            parts.Add(Words(codes.narrow(1, 0, full).reshape(rows, Groups, Slots, Lanes))); // (r, groups, slots, lanes)
        if (TailLanes > 0)
        {
            Tensor tail = zeros(rows, Slots * TailLanes, ScalarType.Byte, codes.device);
            tail.narrow(1, 0, Count - full).copy_(codes.narrow(1, full, Count - full));
            parts.Add(Words(tail.view(rows, 1, Slots, TailLanes))); // (r, 1, slots, tail lanes)
        }
        return (parts.Count == 0 ? zeros(rows, 0, ScalarType.Byte, codes.device) : cat(parts, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Unpacks codes: (r, RowBytes) uint8 gives (r, Count) uint8; the caller disposes it.</summary>
    public Tensor Unpack(Tensor packed)
    {
        using var scope = NewDisposeScope();
        long rows = packed.shape[0];
        int full = Groups * Lanes * WordBytes;
        List<Tensor> parts = [];
        if (Groups > 0)
            parts.Add(Codes(packed.narrow(1, 0, full).reshape(rows, Groups, WordBytes, Lanes))); // (r, groups, word bytes, lanes)
        if (TailLanes > 0)
            parts.Add(Codes(packed.narrow(1, full, TailLanes * WordBytes).reshape(rows, 1, WordBytes, TailLanes))); // (r, 1, word bytes, tail lanes)
        Tensor codes = parts.Count == 0 ? zeros(rows, 0, ScalarType.Byte, packed.device) : cat(parts, 1);
        return codes.narrow(1, 0, Count).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>(r, groups, slots, lanes) codes to (r, groups · word bytes · lanes) bytes.</summary>
    private Tensor Words(Tensor codes)
    {
        using Scalar levels = Levels, one = 1; // held: see TrellisSearch
        Tensor wide = codes.to(ScalarType.Int32);
        Tensor words = wide.select(2, Slots - 1).clone(); // (r, groups, lanes)
        for (int slot = Slots - 2; slot >= 0; slot--) words.mul_(levels).add_(wide.select(2, slot), one);
        List<Tensor> planes = [];
        for (int plane = 0; plane < WordBytes; plane++)
            planes.Add(words.bitwise_right_shift(8 * plane).bitwise_and(255).to(ScalarType.Byte));
        return stack(planes, 2).flatten(1); // (r, groups, word bytes, lanes) before
    }

    /// <summary>(r, groups, word bytes, lanes) bytes to (r, groups · slots · lanes) codes.</summary>
    private Tensor Codes(Tensor bytes)
    {
        using Scalar levels = Levels, one = 1;
        Tensor wide = bytes.to(ScalarType.Int32);
        Tensor words = wide.select(2, 0).clone(); // (r, groups, lanes)
        for (int plane = 1; plane < WordBytes; plane++) words.add_(wide.select(2, plane).bitwise_left_shift(8 * plane), one);
        List<Tensor> codes = [];
        for (int slot = 0; slot < Slots; slot++)
        {
            codes.Add(words.remainder(levels).to(ScalarType.Byte));
            words = words.div(levels, RoundingMode.floor);
        }
        return stack(codes, 2).flatten(1); // (r, groups, slots, lanes) before
    }
}
