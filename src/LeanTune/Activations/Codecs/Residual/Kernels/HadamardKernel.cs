using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LeanTune.Activations.Codecs.Residual.Kernels;

/// <summary>Hadamard transforms of one row in place, without scaling: 64 features at a time in eight vectors.</summary>
internal static unsafe class HadamardKernel
{
    /// <summary>Transforms the blocks that tile a row.</summary>
    public static void Transform(float* row, int[] blocks)
    {
        foreach (int size in blocks)
        {
            if (size == Rotation.Block) Full(row);
            else Small(row, size);
            row += size;
        }
    }

    private static void Full(float* block)
    {
        var a = Vector256.Load(block);
        var b = Vector256.Load(block + 8);
        var c = Vector256.Load(block + 16);
        var d = Vector256.Load(block + 24);
        var e = Vector256.Load(block + 32);
        var f = Vector256.Load(block + 40);
        var g = Vector256.Load(block + 48);
        var h = Vector256.Load(block + 56);
        (a, e) = (a + e, a - e);
        (b, f) = (b + f, b - f);
        (c, g) = (c + g, c - g);
        (d, h) = (d + h, d - h);
        (a, c) = (a + c, a - c);
        (b, d) = (b + d, b - d);
        (e, g) = (e + g, e - g);
        (f, h) = (f + h, f - h);
        (a, b) = (a + b, a - b);
        (c, d) = (c + d, c - d);
        (e, f) = (e + f, e - f);
        (g, h) = (g + h, g - h);
        Within(a).Store(block);
        Within(b).Store(block + 8);
        Within(c).Store(block + 16);
        Within(d).Store(block + 24);
        Within(e).Store(block + 32);
        Within(f).Store(block + 40);
        Within(g).Store(block + 48);
        Within(h).Store(block + 56);
    }

    /// <summary>The transform of eight neighbours: each step adds the partner, or is taken from it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Within(Vector256<float> v)
    {
        v = Vector256.MultiplyAddEstimate(v, Vector256.Create(1f, 1, 1, 1, -1, -1, -1, -1), Vector256.Shuffle(v, Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3)));
        v = Vector256.MultiplyAddEstimate(v, Vector256.Create(1f, 1, -1, -1, 1, 1, -1, -1), Vector256.Shuffle(v, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)));
        return Vector256.MultiplyAddEstimate(v, Vector256.Create(1f, -1, 1, -1, 1, -1, 1, -1), Vector256.Shuffle(v, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)));
    }

    private static void Small(float* block, int size)
    {
        for (int stride = size / 2; stride > 0; stride /= 2)
            for (int i = 0; i < size; i++)
            {
                if ((i & stride) != 0) continue;
                (block[i], block[i + stride]) = (block[i] + block[i + stride], block[i] - block[i + stride]);
            }
    }
}
