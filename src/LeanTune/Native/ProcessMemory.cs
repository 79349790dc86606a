using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace LeanTune.Native;

/// <summary>What the process holds in native memory: live bytes of the allocator, and the operating system's peak.</summary>
/// <remarks>Live bytes come from glibc's mallinfo2 and are exact on Linux with glibc; elsewhere they are 0 and <see cref="HasLiveBytes"/> is false.</remarks>
public static partial class ProcessMemory
{
    /// <summary>Whether <see cref="LiveBytes"/> means something on this system.</summary>
    public static bool HasLiveBytes { get; } = OperatingSystem.IsLinux() && TryMallinfo();

    /// <summary>Bytes that native code has allocated and not freed, in the heap and in mapped blocks; 0 where the system cannot tell.</summary>
    public static long LiveBytes
    {
        get
        {
            if (!HasLiveBytes) return 0;
            Mallinfo info = mallinfo2();
            return (long)(info.Uordblks + info.Hblkhd);
        }
    }

    /// <summary>Resident bytes of the process at their highest since it began or since <see cref="ResetPeak"/>.</summary>
    public static long PeakResidentBytes => StatusBytes("VmHWM:") ?? Refreshed().PeakWorkingSet64;

    /// <summary>Resident bytes of the process now.</summary>
    public static long ResidentBytes => StatusBytes("VmRSS:") ?? Refreshed().WorkingSet64;

    /// <summary>Starts the operating system's peak anew from the present resident bytes.</summary>
    /// <returns>False where the system offers no such reset; the peak then keeps counting from the start of the process.</returns>
    public static bool ResetPeak()
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Gives free memory of the native allocator back to the operating system, where that can be asked for.</summary>
    public static void Trim()
    {
        if (HasLiveBytes) _ = malloc_trim(0);
    }

    /// <summary>
    /// From now on memory of a mebibyte or more goes back to the operating system the moment it is freed, where the allocator can be told so (glibc):
    /// resident bytes then follow live bytes, at some cost of time. By default the allocator keeps what is freed, and holes between what lives
    /// can make a process twice as large as what lives in it.
    /// </summary>
    public static void ReturnLargeBlocks()
    {
        const int mmapThreshold = -3;
        if (HasLiveBytes) _ = mallopt(mmapThreshold, 1 << 20);
    }

    private static bool TryMallinfo()
    {
        try
        {
            _ = mallinfo2();
            return true;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return false; // musl, or glibc before 2.33
        }
    }

    private static long? StatusBytes(string field)
    {
        if (!OperatingSystem.IsLinux()) return null;
        foreach (string line in File.ReadLines("/proc/self/status"))
            if (line.StartsWith(field, StringComparison.Ordinal))
                return long.Parse(line.AsSpan(field.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) * 1024;
        return null;
    }

    private static Process Refreshed()
    {
        Process process = Process.GetCurrentProcess();
        process.Refresh();
        return process;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Mallinfo
    {
        public nuint Arena, Ordblks, Smblks, Hblks, Hblkhd, Usmblks, Fsmblks, Uordblks, Fordblks, Keepcost;
    }

    [DllImport("libc")]
    private static extern Mallinfo mallinfo2();

    [DllImport("libc")]
    private static extern int malloc_trim(nint pad);

    [DllImport("libc")]
    private static extern int mallopt(int parameter, int value);
}
