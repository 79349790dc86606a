namespace LeanTune.Native;

/// <summary>
/// Highest live native bytes while it runs: sampled by a thread every millisecond, by the library at the fullest moments of its functions, and wherever
/// <see cref="Sample"/> is called.
/// </summary>
public sealed class PeakSampler : IDisposable
{
    private static readonly Lock s_lock = new();
    private static volatile PeakSampler[] s_running = [];

    private readonly Thread? _thread;
    private long _peak;
    private volatile bool _stop;

    /// <summary>Starts sampling.</summary>
    public PeakSampler()
    {
        Baseline = _peak = ProcessMemory.LiveBytes;
        if (!ProcessMemory.HasLiveBytes) return;
        lock (s_lock) s_running = [.. s_running, this];
        _thread = new Thread(Run) { IsBackground = true, Name = "LeanTune peak sampler", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>Lets every sampler that runs look once: called where much is alive for a moment that a thread's samples may miss. Costs nothing when none runs.</summary>
    internal static void Look()
    {
        foreach (PeakSampler sampler in s_running) sampler.Sample();
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
        // A timed wait, not a spin: the thread must cost nothing beside the training threads.
        using ManualResetEventSlim never = new();
        while (!_stop)
        {
            Sample();
            never.Wait(1);
        }
    }
}
