using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LeanTune.Native;

/// <summary>Fills rows of a tensor with counter hashes, a vector of columns at a time, rows over threads.</summary>
internal static class CounterRows
{
    /// <summary>Fills one row.</summary>
    public delegate void FillRow<T>(long row, Span<T> into);

    /// <summary>Calls <paramref name="fill"/> for each row of a contiguous CPU tensor of rows of <paramref name="columns"/> elements.</summary>
    public static unsafe void Fill<T>(Tensor target, int columns, FillRow<T> fill)
        where T : unmanaged
    {
        long rows = target.shape[0];
        if (rows == 0 || columns == 0) return;
        using Tensor first = target.narrow(0, 0, 1); // a span of the whole could pass 2 GB
        nint start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
        RowThreads.Run(rows, columns, Rows);

        void Rows(long from, long to)
        {
            for (long row = from; row < to; row++)
                fill(row, new Span<T>((void*)(start + (nint)(row * columns * sizeof(T))), columns));
        }
    }

    /// <summary>Uniform numbers in [0, 1) from the upper 24 bits of each column's hash.</summary>
    public static void Uniform(ulong rowKey, Span<float> into)
    {
        uint low = (uint)rowKey, high = (uint)(rowKey >> 32);
        int column = 0;
        for (; column <= into.Length - Vector512<uint>.Count; column += Vector512<uint>.Count)
        {
            Vector512<uint> bits = Vector512.ShiftRightLogical(Hash(Columns(column), low, high), 8);
            (Vector512.ConvertToSingle(bits.AsInt32()) * Unit).CopyTo(into[column..]);
        }
        for (; column < into.Length; column++) into[column] = (Hash((uint)column, low, high) >> 8) * Unit;
    }

    /// <summary>1 where the upper 24 bits of the column's hash are below the threshold, else 0.</summary>
    public static void Keep(ulong rowKey, uint threshold, Span<byte> into)
    {
        uint low = (uint)rowKey, high = (uint)(rowKey >> 32);
        int column = 0;
        for (; column <= into.Length - Vector512<byte>.Count; column += Vector512<byte>.Count)
        {
            Vector512<ushort> first = Vector512.Narrow(Keep(column, low, high, threshold), Keep(column + 16, low, high, threshold));
            Vector512<ushort> second = Vector512.Narrow(Keep(column + 32, low, high, threshold), Keep(column + 48, low, high, threshold));
            Vector512.Narrow(first, second).CopyTo(into[column..]);
        }
        for (; column < into.Length; column++) into[column] = (byte)((Hash((uint)column, low, high) >> 8) < threshold ? 1 : 0);
    }

    private const float Unit = 1f / (1 << 24);

    private static Vector512<uint> Keep(int column, uint low, uint high, uint threshold) =>
        Vector512.LessThan(Vector512.ShiftRightLogical(Hash(Columns(column), low, high), 8), Vector512.Create(threshold)) & Vector512<uint>.One;

    private static Vector512<uint> Columns(int first) => Vector512<uint>.Indices + Vector512.Create((uint)first);

    // Two rounds of MurmurHash3's 32-bit finaliser (Appleby, public domain), each with its own half of the row's key.
    private static uint Hash(uint column, uint low, uint high) => Finish(Finish((column * 0x9E3779B9) + low) ^ high);

    private static uint Finish(uint hash)
    {
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        return hash ^ (hash >> 16);
    }

    private static Vector512<uint> Hash(Vector512<uint> column, uint low, uint high) =>
        Finish(Finish((column * 0x9E3779B9u) + Vector512.Create(low)) ^ Vector512.Create(high));

    private static Vector512<uint> Finish(Vector512<uint> hash)
    {
        hash = (hash ^ Vector512.ShiftRightLogical(hash, 16)) * 0x85EBCA6Bu;
        hash = (hash ^ Vector512.ShiftRightLogical(hash, 13)) * 0xC2B2AE35u;
        return hash ^ Vector512.ShiftRightLogical(hash, 16);
    }
}
