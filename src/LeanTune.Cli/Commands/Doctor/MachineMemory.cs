using System.Globalization;

namespace LeanTune.Cli.Commands.Doctor;

/// <summary>The machine's memory and what this process may use of it, in bytes.</summary>
/// <param name="Total">Physical memory.</param>
/// <param name="Available">What can be had without swapping; null where the system does not say.</param>
/// <param name="Limit">The container's limit; null when there is none.</param>
internal sealed record MachineMemory(long Total, long? Available, long? Limit)
{
    /// <summary>Asks the operating system.</summary>
    public static MachineMemory Read()
    {
        // The runtime's figure is the container's limit where there is one, else the physical memory.
        long usable = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new(MemInfo("MemTotal:") ?? usable, MemInfo("MemAvailable:"), CgroupLimit());
    }

    private static long? MemInfo(string field)
    {
        const string Path = "/proc/meminfo";
        string? line = File.Exists(Path) ? File.ReadLines(Path).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) : null;
        return line is null ? null : long.Parse(line.AsSpan(field.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) * 1024;
    }

    private static long? CgroupLimit()
    {
        foreach (string path in new[] { "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes" })
            // "max", and in the older version a number near 2⁶³, mean no limit.
            if (File.Exists(path) && long.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out long limit) && limit < 1L << 60)
                return limit;
        return null;
    }
}
