using static TorchSharp.torch;

namespace LeanTune.Native;

/// <summary>Spreads independent rows over as many threads as torch uses; the result does not depend on how many those are.</summary>
internal static class RowThreads
{
    /// <summary>Below this many elements threads cost more than they bring.</summary>
    private const long ElementsPerThread = 1 << 16;

    /// <summary>Calls <paramref name="work"/> with the first row and the row after the last of each thread's share.</summary>
    public static void Run(long rows, long columns, Action<long, long> work)
    {
        if (rows == 0 || columns == 0) return;
        int threads = (int)Math.Clamp(rows * columns / ElementsPerThread, 1, Math.Min(rows, get_num_threads()));
        if (threads == 1) work(0, rows);
        else if (OpenMpThreads.Available) OpenMpThreads.Run(threads, Part);
        else Parallel.For(0, threads, Part);

        void Part(int part) => work(rows * part / threads, rows * (part + 1) / threads);
    }
}
