using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>Packs one row of int32 codes into bytes, and back, in the form of <see cref="CodeLayout"/>.</summary>
internal static unsafe class PackingKernel
{
    /// <summary>Packs a row.</summary>
    /// <param name="codes">As many codes as the layout has.</param>
    /// <param name="layout">Levels and order of codes.</param>
    /// <param name="packed">Receives the row's bytes.</param>
    public static void Pack(int* codes, in CodeLayout layout, byte* packed)
    {
        switch (layout.Levels)
        {
            case 2: Pack<Levels2>(codes, layout, packed); break;
            case 4: Pack<Levels4>(codes, layout, packed); break;
            case 8: Pack<Levels8>(codes, layout, packed); break;
            default: Pack<Levels16>(codes, layout, packed); break;
        }
    }

    /// <summary>Unpacks a row.</summary>
    /// <param name="packed">The row's bytes.</param>
    /// <param name="layout">Levels and order of codes.</param>
    /// <param name="codes">Receives as many codes as the layout has.</param>
    public static void Unpack(byte* packed, in CodeLayout layout, int* codes)
    {
        switch (layout.Levels)
        {
            case 2: Unpack<Levels2>(packed, layout, codes); break;
            case 4: Unpack<Levels4>(packed, layout, codes); break;
            case 8: Unpack<Levels8>(packed, layout, codes); break;
            default: Unpack<Levels16>(packed, layout, codes); break;
        }
    }

    private static void Pack<TLevels>(int* codes, in CodeLayout layout, byte* packed)
        where TLevels : struct, ILevels
    {
        (int slots, int planes, int groups, int lanes) = (layout.Slots, layout.WordBytes, layout.Groups, layout.TailLanes);
        for (int group = 0; group < groups; group++, codes += 8 * slots)
        {
            var word = Vector256<int>.Zero;
            for (int slot = slots - 1; slot >= 0; slot--) word = Append<TLevels>(word, Vector256.Load(codes + (8 * slot)));
            for (int plane = 0; plane < planes; plane++, packed += 8)
                StoreBytes(Vector256.ShiftRightLogical(word, 8 * plane) & Vector256.Create(255), packed);
        }
        int left = layout.Count - (groups * slots * 8);
        for (int lane = 0; lane < lanes; lane++)
        {
            int word = 0;
            for (int slot = slots - 1; slot >= 0; slot--)
                word = (word * TLevels.Count) + ((slot * lanes) + lane < left ? codes[(slot * lanes) + lane] : 0);
            for (int plane = 0; plane < planes; plane++) packed[(plane * lanes) + lane] = (byte)(word >> (8 * plane));
        }
    }

    private static void Unpack<TLevels>(byte* packed, in CodeLayout layout, int* codes)
        where TLevels : struct, ILevels
    {
        (int slots, int planes, int groups, int lanes) = (layout.Slots, layout.WordBytes, layout.Groups, layout.TailLanes);
        for (int group = 0; group < groups; group++, codes += 8 * slots)
        {
            Vector256<int> word = LoadBytes(packed);
            packed += 8;
            for (int plane = 1; plane < planes; plane++, packed += 8) word |= Vector256.ShiftLeft(LoadBytes(packed), 8 * plane);
            for (int slot = 0; slot < slots; slot++) TakeLast<TLevels>(ref word).Store(codes + (8 * slot));
        }
        int left = layout.Count - (groups * slots * 8);
        for (int lane = 0; lane < lanes; lane++)
        {
            int word = 0;
            for (int plane = 0; plane < planes; plane++) word |= packed[(plane * lanes) + lane] << (8 * plane);
            for (int at = lane; at < left; at += lanes, word /= TLevels.Count) codes[at] = word % TLevels.Count;
        }
    }

    /// <summary>Adds a digit at the low end of each word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Append<TLevels>(Vector256<int> word, Vector256<int> code)
        where TLevels : struct, ILevels => Vector256.ShiftLeft(word, int.Log2(TLevels.Count)) | code;

    /// <summary>Takes the digit at the low end of each word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> TakeLast<TLevels>(ref Vector256<int> word)
        where TLevels : struct, ILevels
    {
        Vector256<int> all = word;
        word = Vector256.ShiftRightLogical(all, int.Log2(TLevels.Count));
        return all & Vector256.Create(TLevels.Count - 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreBytes(Vector256<int> words, byte* into)
    {
        Vector128<ushort> halves = Vector128.Narrow(words.GetLower().AsUInt32(), words.GetUpper().AsUInt32());
        Unsafe.WriteUnaligned(into, Vector128.Narrow(halves, halves).AsUInt64().ToScalar());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> LoadBytes(byte* from)
    {
        Vector128<byte> bytes = Vector128.CreateScalarUnsafe(MemoryMarshal.Read<ulong>(new ReadOnlySpan<byte>(from, 8))).AsByte();
        Vector128<ushort> halves = Vector128.WidenLower(bytes);
        return Vector256.Create(Vector128.WidenLower(halves), Vector128.WidenUpper(halves)).AsInt32();
    }
}
