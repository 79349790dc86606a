using System.Diagnostics;

namespace LeanTune.Native;

/// <summary>
/// Highest live native bytes while it runs: sampled by a thread every few milliseconds, by the library at the fullest moments of its functions, and
/// wherever <see cref="Sample"/> is called.
/// </summary>
/// <remarks>
/// A look costs 20 µs in a new process, 150 µs in the middle of a step and milliseconds where much small memory lies free, for the allocator walks
/// all of it, and keeps others out meanwhile. So the thread looks the less often the longer a look takes.
/// </remarks>
public sealed class PeakSampler : IDisposable
{
    /// <summary>Share of the time that the thread's looks take at most when nothing else was asked for.</summary>
    private const double ThreadShare = 0.1;

    /// <summary>Milliseconds between two looks of the thread at most.</summary>
    private const double LongestRest = 100;

    private static readonly Lock s_lock = new();
    private static volatile PeakSampler[] s_running = [];

    private readonly double _threadShare;
    private readonly Action _look;
    private readonly Thread? _thread;
    private long _peak;
    private volatile bool _stop;

    /// <summary>Starts sampling.</summary>
    /// <param name="share">Share of the time that looks may take, those of the thread and those at full moments each. Null: a look at every full moment.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not above 0 and at most 1.</exception>
    public PeakSampler(double? share = null)
    {
        if (share is not (null or (> 0 and <= 1))) throw new ArgumentOutOfRangeException(nameof(share), share, "Expected a share above 0 and at most 1.");
        _threadShare = share ?? ThreadShare;
        _look = share is { } part ? new TimeShare(part, Sample).Run : Sample;
        Baseline = _peak = ProcessMemory.LiveBytes;
        if (!ProcessMemory.HasLiveBytes) return;
        lock (s_lock) s_running = [.. s_running, this];
        _thread = new Thread(Run) { IsBackground = true, Name = "LeanTune peak sampler", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>Lets every sampler that runs look once: called where much is alive for a moment that a thread's samples may miss. Costs nothing when none runs.</summary>
    internal static void Look()
    {
        foreach (PeakSampler sampler in s_running) sampler._look();
    }

    /// <summary>Live native bytes at the start, or at the last <see cref="Restart"/>.</summary>
    public long Baseline { get; private set; }

    /// <summary>Highest live native bytes seen minus <see cref="Baseline"/>.</summary>
    public long PeakBytes => Interlocked.Read(ref _peak) - Baseline;

    /// <summary>Takes the present live bytes as the new baseline and forgets the peak.</summary>
    public void Restart()
    {
        Baseline = ProcessMemory.LiveBytes;
        Interlocked.Exchange(ref _peak, Baseline);
    }

    /// <summary>Looks once, on the calling thread.</summary>
    public void Sample()
    {
        long live = ProcessMemory.LiveBytes;
        long seen = Interlocked.Read(ref _peak);
        while (live > seen)
        {
            long before = Interlocked.CompareExchange(ref _peak, live, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        lock (s_lock) s_running = [.. s_running.Where(other => other != this)];
        _thread?.Join();
    }

    private void Run()
    {
        while (!_stop)
        {
            long began = Stopwatch.GetTimestamp();
            Sample();
            // A sleep lets go of the processor at once; a timed wait for an event spins first.
            Thread.Sleep((int)Math.Clamp(Stopwatch.GetElapsedTime(began).TotalMilliseconds / _threadShare, 1, LongestRest));
        }
    }
}
