using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace LeanTune.Native;

/// <summary>
/// Stateless random draws: each value is a function of the seed, the labels (step, site) and its own position, so it is the
/// same in forward and recomputation, under any tiling, thread count and device, and needs no state to be saved.
/// </summary>
/// <remarks>
/// Immutable and thread-safe. Two draws of one kind from one object give the same values: derive an object per purpose with
/// <see cref="For(long)"/>. Never touches torch's generators.
/// </remarks>
/// <param name="seed">The run's seed.</param>
public sealed class SeededDraws(ulong seed) : IDraws
{
    private const ulong IndexStream = 1, UniformStream = 2, SignStream = 3;
    private readonly ulong _key = Counter.Mix(seed);

    /// <summary>The draws below a label, independent of those below any other: <c>draws.For(step).For(block)</c>.</summary>
    public SeededDraws For(long label) => new(Counter.Derive(_key, (ulong)label));

    /// <summary>The draws below a name, such as a module's: the same in every run, which <see cref="string.GetHashCode()"/> is not.</summary>
    public SeededDraws For(string name)
    {
        ulong hash = 0xCBF29CE484222325; // FNV-1a
        foreach (byte letter in Encoding.UTF8.GetBytes(name)) hash = (hash ^ letter) * 0x100000001B3;
        return For((long)hash);
    }

    /// <inheritdoc/>
    /// <remarks>A longer draw begins with the shorter one. A partial Fisher–Yates shuffle over the moved entries only: O(count) memory.</remarks>
    public long[] DistinctIndices(int count, long population)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population);
        ulong stream = Counter.Derive(_key, IndexStream);
        var moved = new Dictionary<long, long>(count);
        var drawn = new long[count];
        for (int i = 0; i < count; i++)
        {
            long other = i + (long)Math.BigMul(Counter.Mix(stream + (ulong)i), (ulong)(population - i), out _);
            drawn[i] = moved.TryGetValue(other, out long there) ? there : other;
            moved[other] = moved.TryGetValue(i, out long here) ? here : i;
        }
        return drawn;
    }

    /// <summary>Uniform numbers in [0, 1), multiples of 2⁻²⁴: a tile of an endless table, the same whatever the tile.</summary>
    /// <param name="firstRow">Row (token) where the tile begins.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="columns">Columns (features); they begin at 0, and each value depends on its own row and column only.</param>
    /// <param name="device">Where the tensor goes; CPU when null. The values are the same.</param>
    /// <returns>(rows, columns) fp32; the caller disposes it.</returns>
    public Tensor Uniform(long firstRow, long rows, int columns, Device? device = null)
    {
        Tensor values = empty(rows, columns, ScalarType.Float32, CPU);
        ulong stream = Counter.Derive(_key, UniformStream);
        CounterRows.Fill<float>(values, columns, (row, into) => CounterRows.Uniform(Counter.Mix(stream + (ulong)(firstRow + row)), into));
        return OnDevice(values, device);
    }

    /// <summary>Normal numbers of mean 0 and deviation 1 (Box and Muller 1958, the cosine half: radius √(−2 ln u) with u in (0, 1], angle 2π v).</summary>
    /// <param name="rows">Rows of the tensor.</param>
    /// <param name="columns">Columns; each value depends on its own row and column only.</param>
    /// <returns>(rows, columns) fp32 on the CPU; the caller disposes it.</returns>
    public Tensor Normal(long rows, int columns)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor radius = For(0).Uniform(0, rows, columns).neg_().add_(1).log_().mul_(-2).sqrt_();
        Tensor angle = For(1).Uniform(0, rows, columns).mul_(2 * Math.PI);
        return radius.mul_(angle.cos_()).MoveToOuterDisposeScope();
    }

    /// <summary>Which entries survive a dropout: true where <see cref="Uniform"/> at the same place is below the probability to keep.</summary>
    /// <param name="keepProbability">From 0 to 1; rounded to a multiple of 2⁻²⁴.</param>
    /// <param name="firstRow">Row (token) where the tile begins.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="columns">Columns (features); they begin at 0.</param>
    /// <param name="device">Where the tensor goes; CPU when null. The values are the same.</param>
    /// <returns>(rows, columns) bool; the caller disposes it.</returns>
    public Tensor KeepMask(double keepProbability, long firstRow, long rows, int columns, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keepProbability, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keepProbability, 1);
        Tensor mask = empty(rows, columns, ScalarType.Bool, CPU);
        ulong stream = Counter.Derive(_key, UniformStream);
        uint threshold = (uint)Math.Round(keepProbability * (1 << 24));
        CounterRows.Fill<byte>(mask, columns, (row, into) => CounterRows.Keep(Counter.Mix(stream + (ulong)(firstRow + row)), threshold, into));
        return OnDevice(mask, device);
    }

    /// <summary>Random signs: +1 or −1, each as likely.</summary>
    /// <param name="count">How many.</param>
    /// <param name="device">Where the tensor goes; CPU when null. The values are the same.</param>
    /// <returns>(count) fp32; the caller disposes it.</returns>
    public Tensor Signs(int count, Device? device = null)
    {
        ulong stream = Counter.Derive(_key, SignStream);
        var signs = new float[count];
        for (int i = 0; i < count; i++)
            signs[i] = (Counter.Mix(stream + (ulong)i) >> 63) == 0 ? 1 : -1;
        return tensor(signs, device: device);
    }

    private static Tensor OnDevice(Tensor values, Device? device)
    {
        if (device is null || device.type == DeviceType.CPU) return values;
        using (values) return values.to(device);
    }
}
