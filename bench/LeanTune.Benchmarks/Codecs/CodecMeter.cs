using System.Diagnostics;

namespace LeanTune.Benchmarks.Codecs;

/// <summary>What a codec was asked to keep within a step, what that took, and for how long it worked.</summary>
internal sealed class CodecMeter
{
    private long _saving, _restoring;

    /// <summary>Tensors that were kept.</summary>
    public int Tensors { get; private set; }

    /// <summary>Bytes of them all; 0 for the first of a chain, which is rebuilt by walking the others back.</summary>
    public long Bytes { get; private set; }

    /// <summary>Numbers of their real rows.</summary>
    public long Elements { get; private set; }

    /// <summary>Kept bits of a number.</summary>
    public double BitsPerElement => 8.0 * Bytes / Elements;

    /// <summary>Seconds in Save.</summary>
    public double EncodeSeconds => Seconds(_saving);

    /// <summary>Seconds in Restore and in letting go, where chains step back.</summary>
    public double DecodeSeconds => Seconds(_restoring);

    /// <summary>Forgets everything: a new step.</summary>
    public void Reset() => (_saving, _restoring, Tensors, Bytes, Elements) = (0, 0, 0, 0, 0);

    /// <summary>Notes a tensor.</summary>
    public void Count(long bytes, long elements) => (Tensors, Bytes, Elements) = (Tensors + 1, Bytes + bytes, Elements + elements);

    /// <summary>Times a Save.</summary>
    public T Saving<T>(Func<T> work) => Time(work, ref _saving);

    /// <summary>Times a Restore.</summary>
    public T Restoring<T>(Func<T> work) => Time(work, ref _restoring);

    private static T Time<T>(Func<T> work, ref long ticks)
    {
        long start = Stopwatch.GetTimestamp();
        T result = work();
        ticks += Stopwatch.GetTimestamp() - start;
        return result;
    }

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;
}
