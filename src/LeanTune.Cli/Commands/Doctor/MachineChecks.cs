using LeanTune.Native;
using System.Reflection;
using System.Runtime.InteropServices;
using LeanTune.Cli.Display;
using LeanTune.Training;

namespace LeanTune.Cli.Commands.Doctor;

/// <summary>Looks at everything a run depends on.</summary>
internal static class MachineChecks
{
    /// <summary>Least free space that a run of a small model wants.</summary>
    private const long FewBytes = 500_000_000;

    /// <summary>All findings, in the order to read them.</summary>
    public static IEnumerable<Finding> All()
    {
        yield return new("LeanTune", typeof(FineTuneOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
        yield return new(".NET", $"{Environment.Version}, {RuntimeInformation.RuntimeIdentifier}");
        yield return new("system", RuntimeInformation.OSDescription);
        yield return LibTorchCheck.Run();
        if (LoadingFix.Check() is { } loading) yield return loading;
        yield return new("processor", $"{Processor.Name}, {Environment.ProcessorCount} usable");
        yield return new("features", string.Join(", ", Processor.Features().Select(feature => $"{feature.Name} {(feature.Present ? "yes" : "no")}")));
        yield return Memory();
        yield return Disk("temporary", Path.GetTempPath());
        yield return Disk("here", Directory.GetCurrentDirectory());
    }

    private static Finding Memory()
    {
        MachineMemory memory = MachineMemory.Read();
        string available = memory.Available is { } bytes ? $", {Units.Bytes(bytes)} available" : "";
        string limit = memory.Limit is { } most ? $", limited to {Units.Bytes(most)} for this container (cgroup)" : "";
        return new("memory", $"{Units.Bytes(memory.Total)}{available}{limit}",
            Fix: Math.Min(memory.Available ?? memory.Total, memory.Limit ?? long.MaxValue) < FewBytes ? "little memory is left; close other programs or raise the container's limit." : null);
    }

    private static Finding Disk(string name, string folder)
    {
        try
        {
            string probe = Path.Combine(folder, $".leantune-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            long free = new DriveInfo(folder).AvailableFreeSpace;
            return new(name, $"{folder}, {Units.Bytes(free)} free", Fix: free < FewBytes ? $"little space is left in '{folder}'; checkpoints may not fit." : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(name, $"{folder} cannot be written: {e.Message}", Broken: name == "temporary",
                Fix: name == "temporary" ? "set TMPDIR (TEMP on Windows) to a folder that can be written." : "run from a folder that can be written, or give 'output' a full path.");
        }
    }
}
