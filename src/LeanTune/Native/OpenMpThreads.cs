using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace LeanTune.Native;

/// <summary>
/// Runs managed work on the OpenMP threads that libtorch computes with. They spin for a while after each operation, so that threads of
/// another pool would have to share the processor with them.
/// </summary>
internal static unsafe class OpenMpThreads
{
    // void GOMP_parallel(void (*work)(void*), void* data, unsigned threads, unsigned flags): what GCC's OpenMP calls for a parallel region.
    private static readonly delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void> s_parallel = Find();

    /// <summary>Whether libtorch's OpenMP is GCC's, as on Linux.</summary>
    public static bool Available => s_parallel != null;

    /// <summary>Calls <paramref name="work"/> once for each part, on as many threads at the most, of which the caller's is one; returns when all are done.</summary>
    /// <exception cref="Exception">The first that a part throws; the others are done nevertheless.</exception>
    public static void Run(int parts, Action<int> work)
    {
        Region region = new(parts, work);
        var handle = GCHandle.Alloc(region);
        try
        {
            s_parallel(&Enter, (void*)GCHandle.ToIntPtr(handle), (uint)parts, 0);
        }
        finally
        {
            handle.Free();
        }
        region.Failure?.Throw();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Enter(void* handle)
    {
        SignalStack.Enlarge(); // these threads multiply matrices
        ((Region)GCHandle.FromIntPtr((nint)handle).Target!).Work();
    }

    private static delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void> Find() =>
        // A name is looked up in what a library depends on, too, so this is the OpenMP that libtorch itself uses.
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad(LibTorchSharp.Library, typeof(OpenMpThreads).Assembly, null, out nint library)
        && NativeLibrary.TryGetExport(library, "GOMP_parallel", out nint address)
            ? (delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void>)address
            : null;

    /// <summary>Parts that threads take one by one: there may be fewer threads than asked for.</summary>
    private sealed class Region(int parts, Action<int> work)
    {
        private ExceptionDispatchInfo? _failure;
        private int _taken;

        public ExceptionDispatchInfo? Failure => _failure;

        /// <summary>Takes parts until there are none left. Throws nothing: the caller is native.</summary>
        public void Work()
        {
            for (int part = Interlocked.Increment(ref _taken) - 1; part < parts; part = Interlocked.Increment(ref _taken) - 1)
                try
                {
                    work(part);
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
                }
        }
    }
}
