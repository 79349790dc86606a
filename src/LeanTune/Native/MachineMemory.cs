using System.Globalization;

namespace LeanTune.Native;

/// <summary>The machine's memory and what this process may use of it, in bytes.</summary>
/// <param name="Total">Physical memory.</param>
/// <param name="Available">What can be had without swapping; null where the system does not say.</param>
/// <param name="Limit">The container's limit; null when there is none.</param>
/// <param name="LimitUsed">What the container uses of its limit now; null when there is none.</param>
public sealed record MachineMemory(long Total, long? Available, long? Limit, long? LimitUsed = null)
{
    /// <summary>What a new process can take: free memory, or what the container's limit leaves of it.</summary>
    public long Free => Math.Min(Available ?? Total, Limit is { } limit ? Math.Max(0, limit - (LimitUsed ?? 0)) : long.MaxValue);

    /// <summary>Asks the operating system.</summary>
    public static MachineMemory Read()
    {
        // The runtime's figure is the container's limit where there is one, else the physical memory.
        long usable = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        long? limit = Number("/sys/fs/cgroup/memory.max") ?? Number("/sys/fs/cgroup/memory/memory.limit_in_bytes");
        long? used = limit is null ? null : Number("/sys/fs/cgroup/memory.current") ?? Number("/sys/fs/cgroup/memory/memory.usage_in_bytes");
        return new(MemInfo("MemTotal:") ?? usable, MemInfo("MemAvailable:"), limit, used);
    }

    private static long? MemInfo(string field)
    {
        const string Path = "/proc/meminfo";
        string? line = File.Exists(Path) ? File.ReadLines(Path).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) : null;
        return line is null ? null : long.Parse(line.AsSpan(field.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>"max", and in the older version a number near 2⁶³, mean no limit.</summary>
    private static long? Number(string path) =>
        File.Exists(path) && long.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out long number) && number < 1L << 60 ? number : null;
}
