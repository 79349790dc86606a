using System.Diagnostics;

namespace LeanTune.Native;

/// <summary>Does something whenever asked, unless it would take more than its share of the time: after t seconds of it nothing is done for t / share.</summary>
/// <param name="share">Above 0, at most 1.</param>
/// <param name="work">What is done. One thread at a time does it.</param>
internal sealed class TimeShare(double share, Action work)
{
    private readonly Lock _lock = new();
    private long _next;

    /// <summary>Does it, or nothing: when it is not its time yet, or another thread is at it.</summary>
    public void Run()
    {
        if (Stopwatch.GetTimestamp() < Volatile.Read(ref _next) || !_lock.TryEnter()) return;
        try
        {
            long began = Stopwatch.GetTimestamp();
            work();
            long ended = Stopwatch.GetTimestamp();
            Volatile.Write(ref _next, ended + (long)((ended - began) / share));
        }
        finally
        {
            _lock.Exit();
        }
    }
}
