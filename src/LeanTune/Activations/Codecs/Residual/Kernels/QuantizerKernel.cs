using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>Quantises one row and packs its codes in the same pass, and the way back. The form of codes and bytes: <see cref="LloydMax"/>, <see cref="CodeLayout"/>.</summary>
internal static unsafe class QuantizerKernel
{
    /// <summary>Codes a row and leaves in its place what the codes stand for.</summary>
    /// <param name="row">As many numbers as the layout has codes; replaced.</param>
    /// <param name="layout">Levels and order of codes.</param>
    /// <param name="inverse">Brings the row to deviation 1.</param>
    /// <param name="scale">Deviation of the decoded row.</param>
    /// <param name="packed">Receives the row's bytes.</param>
    public static void Encode(float* row, in CodeLayout layout, float inverse, float scale, byte* packed)
    {
        switch (layout.Levels)
        {
            case 2: Encode<Levels2>(row, layout, inverse, scale, packed); break;
            case 3: Encode<Levels3>(row, layout, inverse, scale, packed); break;
            case 4: Encode<Levels4>(row, layout, inverse, scale, packed); break;
            case 8: Encode<Levels8>(row, layout, inverse, scale, packed); break;
            default: Encode<Levels16>(row, layout, inverse, scale, packed); break;
        }
    }

    /// <summary>Decodes a row.</summary>
    /// <param name="packed">The row's bytes.</param>
    /// <param name="layout">Levels and order of codes.</param>
    /// <param name="scale">Deviation of the decoded row.</param>
    /// <param name="row">Receives as many numbers as the layout has codes.</param>
    public static void Decode(byte* packed, in CodeLayout layout, float scale, float* row)
    {
        switch (layout.Levels)
        {
            case 2: Decode<Levels2>(packed, layout, scale, row); break;
            case 3: Decode<Levels3>(packed, layout, scale, row); break;
            case 4: Decode<Levels4>(packed, layout, scale, row); break;
            case 8: Decode<Levels8>(packed, layout, scale, row); break;
            default: Decode<Levels16>(packed, layout, scale, row); break;
        }
    }

    private static void Encode<TLevels>(float* row, in CodeLayout layout, float inverse, float scale, byte* packed)
        where TLevels : struct, ILevels
    {
        LevelTable<TLevels> table = new(scale);
        var bring = Vector256.Create(inverse);
        int slots = layout.Slots, groups = layout.Groups, lanes = layout.TailLanes;
        for (int group = 0; group < groups; group++, row += 8 * slots)
        {
            var word = Vector256<int>.Zero;
            for (int slot = slots - 1; slot >= 0; slot--)
            {
                Vector256<int> code = table.Quantize(Vector256.Load(row + (8 * slot)) * bring, out Vector256<float> value);
                value.Store(row + (8 * slot));
                word = LevelTable<TLevels>.Append(word, code);
            }
            for (int plane = 0; plane < LevelTable<TLevels>.WordBytes; plane++, packed += 8)
                StoreBytes(Vector256.ShiftRightLogical(word, 8 * plane) & Vector256.Create(255), packed);
        }
        if (lanes > 0) EncodeTail(ref table, row, layout.Count - (groups * slots * 8), slots, lanes, inverse, packed);
    }

    private static void Decode<TLevels>(byte* packed, in CodeLayout layout, float scale, float* row)
        where TLevels : struct, ILevels
    {
        LevelTable<TLevels> table = new(scale);
        int slots = layout.Slots, groups = layout.Groups, lanes = layout.TailLanes;
        for (int group = 0; group < groups; group++, row += 8 * slots)
        {
            Vector256<int> word = LoadBytes(packed);
            packed += 8;
            for (int plane = 1; plane < LevelTable<TLevels>.WordBytes; plane++, packed += 8)
                word |= Vector256.ShiftLeft(LoadBytes(packed), 8 * plane);
            for (int slot = 0; slot < slots; slot++)
                table.Value(LevelTable<TLevels>.TakeLast(ref word)).Store(row + (8 * slot));
        }
        if (lanes > 0) DecodeTail(ref table, packed, layout.Count - (groups * slots * 8), slots, lanes, row);
    }

    /// <summary>The group at the end of a row: its words in one vector, its numbers gathered from and spread to where they belong.</summary>
    private static void EncodeTail<TLevels>(ref LevelTable<TLevels> table, float* row, int count, int slots, int lanes, float inverse, byte* packed)
        where TLevels : struct, ILevels
    {
        float* values = stackalloc float[8];
        byte* bytes = stackalloc byte[8];
        var word = Vector256<int>.Zero;
        for (int slot = slots - 1; slot >= 0; slot--)
        {
            int filled = Math.Clamp(count - (slot * lanes), 0, lanes);
            for (int lane = 0; lane < 8; lane++) values[lane] = lane < filled ? row[(slot * lanes) + lane] : 0;
            Vector256<int> code = table.Quantize(Vector256.Load(values) * Vector256.Create(inverse), out Vector256<float> value);
            value.Store(values);
            for (int lane = 0; lane < filled; lane++) row[(slot * lanes) + lane] = values[lane];
            code &= Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(filled));
            word = LevelTable<TLevels>.Append(word, code);
        }
        for (int plane = 0; plane < LevelTable<TLevels>.WordBytes; plane++, packed += lanes)
        {
            StoreBytes(Vector256.ShiftRightLogical(word, 8 * plane) & Vector256.Create(255), bytes);
            for (int lane = 0; lane < lanes; lane++) packed[lane] = bytes[lane];
        }
    }

    private static void DecodeTail<TLevels>(ref LevelTable<TLevels> table, byte* packed, int count, int slots, int lanes, float* row)
        where TLevels : struct, ILevels
    {
        float* values = stackalloc float[8];
        int* words = stackalloc int[8];
        for (int lane = 0; lane < 8; lane++)
        {
            words[lane] = 0;
            for (int plane = 0; lane < lanes && plane < LevelTable<TLevels>.WordBytes; plane++)
                words[lane] |= packed[(plane * lanes) + lane] << (8 * plane);
        }
        Vector256<int> word = Vector256.Load(words);
        for (int slot = 0; slot < slots; slot++)
        {
            table.Value(LevelTable<TLevels>.TakeLast(ref word)).Store(values);
            for (int lane = 0; lane < lanes && (slot * lanes) + lane < count; lane++) row[(slot * lanes) + lane] = values[lane];
        }
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
