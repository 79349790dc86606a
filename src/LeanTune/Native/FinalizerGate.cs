using System.Runtime.CompilerServices;

namespace LeanTune.Native;

/// <summary>Holds back the finalizers of this process while tensors are computed with.</summary>
/// <remarks>
/// TorchSharp's <c>Scalar</c> owns native memory and has a finalizer, but nothing keeps it alive during the native call that reads it: in
/// <c>a.add_(b)</c>, too, whose factor 1 is such a temporary. A collection at that moment lets the finalizer free the number while libtorch
/// reads it, and the result is silently wrong (under heavy collection some 300 of a million calls). So for the time of a hold the finalizer thread
/// is kept waiting inside a finalizer of ours: what is collected meanwhile is finalized at the next <see cref="Rest"/> or after the hold.
/// <para>No thread may wait for finalizers while it holds; one that does elsewhere waits for the holder, at most <see cref="Patience"/>.</para>
/// </remarks>
internal static class FinalizerGate
{
    /// <summary>After so much time the finalizers run in any case: whoever waits for them is not kept for good.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Managed bytes allocated since the gate was closed after which a rest lets finalizers run.</summary>
    /// <remarks>
    /// TorchSharp passes libtorch a new delegate wherever a list comes back, be it a shape: for each of them the runtime allocates native memory, which
    /// only a rest frees. About a tenth of these bytes gathers of it between two rests; a rest takes a few milliseconds.
    /// </remarks>
    private const long RestBytes = 4 << 20;

    /// <summary>Time after which a rest lets finalizers run: well before <see cref="Patience"/> ends.</summary>
    private static readonly TimeSpan RestTime = TimeSpan.FromSeconds(10);

    /// <summary>How long closing and resting wait for the finalizer thread, which may be busy with somebody's slow finalizer.</summary>
    private static readonly TimeSpan Entry = TimeSpan.FromSeconds(1);

    private static readonly Lock s_lock = new();
    private static readonly List<int> s_holders = []; // their threads
    private static ManualResetEvent? s_opening;
    private static long s_allocated, s_closed;

    /// <summary>Closes the gate until the result is disposed; holds nest and count over all threads.</summary>
    public static Hold Close()
    {
        lock (s_lock)
        {
            if (s_holders.Count == 0) Shut();
            s_holders.Add(Environment.CurrentManagedThreadId);
        }

        return new Hold(Environment.CurrentManagedThreadId);
    }

    /// <summary>
    /// For the holder, between two pieces of work: lets all waiting finalizers run when enough has gathered and no other thread holds. The collections
    /// that go with it are ones that would otherwise come in the middle of the work.
    /// </summary>
    public static void Rest()
    {
        lock (s_lock)
        {
            if (s_holders.Count == 0 || s_holders.Exists(thread => thread != Environment.CurrentManagedThreadId)) return;
            if (GC.GetTotalAllocatedBytes() - s_allocated < RestBytes && Environment.TickCount64 - s_closed < RestTime.TotalMilliseconds) return;
            Open();
            Drain();
            Shut();
        }
    }

    /// <summary>Lets the finalizer thread come to the end of its queue.</summary>
    /// <remarks>
    /// Only between two rounds of finalizers does that thread clean up for the runtime, above all after dead delegates that native code was given: each
    /// leaves native memory behind. Shutting the gate at once would put the next guard into the round under way, and that thread would never come to it.
    /// <para>The wait is another thread's, and not for good, for a finalizer may be slow, or itself wait for this gate.</para>
    /// </remarks>
    private static void Drain()
    {
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        Task.Run(GC.WaitForPendingFinalizers).Wait(Entry);
    }

    private static void Shut()
    {
        // Neither event is disposed: the finalizer thread may still be about to use it.
        ManualResetEvent entered = new(false), opening = new(false);
        LeaveGuard(entered, opening);
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        entered.WaitOne(Entry);
        (s_opening, s_allocated, s_closed) = (opening, GC.GetTotalAllocatedBytes(), Environment.TickCount64);
    }

    private static void Open()
    {
        s_opening!.Set();
        s_opening = null;
    }

    /// <summary>Leaves a guard that nothing refers to: not inlined, so that no register of the caller does either.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeaveGuard(ManualResetEvent entered, ManualResetEvent opening) => GC.KeepAlive(new Guard(entered, opening));

    /// <summary>One holder's part of the gate.</summary>
    internal sealed class Hold(int thread) : IDisposable
    {
        private bool _disposed;

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            lock (s_lock)
            {
                s_holders.Remove(thread);
                if (s_holders.Count == 0) Open();
            }
        }
    }

    private sealed class Guard(ManualResetEvent entered, ManualResetEvent opening)
    {
        ~Guard()
        {
            entered.Set();
            opening.WaitOne(Patience);
        }
    }
}
