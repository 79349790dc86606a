using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace LeanTune.Cli.Commands.Doctor;

/// <summary>
/// Whether TorchSharp's native library may be loaded by an older libstdc++ (see build/LeanTune.targets), and whether this system's is one.
/// </summary>
internal static class LoadingFix
{
    private const string Library = "libLibTorchSharp.so", Version = "GLIBCXX_3.4.32";

    /// <summary>The finding, or null where the question does not arise.</summary>
    public static Finding? Check()
    {
        if (!OperatingSystem.IsLinux()) return null;
        string? library = Find(Library), runtime = Find("libstdc++.so.6");
        if (library is null) return new("loading fix", $"{Library} was not found", Fix: "a program of your own needs one of the packages TorchSharp-cpu or TorchSharp-cuda-linux.");
        string needed = runtime is null ? "whether this system needs it is unknown"
            : File.ReadAllBytes(runtime).AsSpan().IndexOf(Encoding.ASCII.GetBytes(Version + "\0")) < 0 ? "this system needs it"
            : "this system could do without";
        return Requires(File.ReadAllBytes(library)) switch
        {
            null => new("loading fix", $"no part of this {Library}, which asks for no {Version}"),
            false => new("loading fix", $"applied; {needed} ({library})"),
            true => new("loading fix", $"not applied; {needed} ({library})", Fix: "delete the project's bin and obj folders and build again, with the targets of LeanTune in the build."),
        };
    }

    /// <summary>Whether a 64-bit ELF library refuses a libstdc++ without the version: true where the requirement is strong, false where it is weak, null where there is none.</summary>
    /// <param name="elf">The library's bytes.</param>
    internal static bool? Requires(ReadOnlySpan<byte> elf)
    {
        const uint versionRequirements = 0x6ffffffe; // SHT_GNU_verneed
        const ushort weak = 0x2; // VER_FLG_WEAK
        try
        {
            long sections = MemoryMarshal.Read<long>(elf[0x28..]);
            int size = MemoryMarshal.Read<ushort>(elf[0x3a..]), count = MemoryMarshal.Read<ushort>(elf[0x3c..]);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> section = elf[(int)(sections + (i * size))..];
                if (MemoryMarshal.Read<uint>(section[4..]) != versionRequirements) continue;
                long names = MemoryMarshal.Read<long>(elf[(int)(sections + (MemoryMarshal.Read<uint>(section[40..]) * size) + 24)..]);
                for (long file = MemoryMarshal.Read<long>(section[24..]), next = 1; next != 0; file += next)
                {
                    next = MemoryMarshal.Read<uint>(elf[(int)(file + 12)..]);
                    long version = file + MemoryMarshal.Read<uint>(elf[(int)(file + 8)..]);
                    for (int left = MemoryMarshal.Read<ushort>(elf[(int)(file + 2)..]); left > 0; left--)
                    {
                        ReadOnlySpan<byte> entry = elf[(int)version..], name = elf[(int)(names + MemoryMarshal.Read<uint>(entry[8..]))..];
                        if (Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]) == Version) return (MemoryMarshal.Read<ushort>(entry[4..]) & weak) == 0;
                        version += MemoryMarshal.Read<uint>(entry[12..]);
                    }
                }
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            // No whole ELF library: that it does not load is said elsewhere.
        }

        return null;
    }

    /// <summary>The file that this process has loaded, or would.</summary>
    private static string? Find(string name)
    {
        using Process process = Process.GetCurrentProcess();
        // Files of a library carry their full version behind the name that others ask for.
        if (process.Modules.Cast<ProcessModule>().FirstOrDefault(module => module.ModuleName.StartsWith(name, StringComparison.Ordinal)) is { FileName: { } loaded }) return loaded;
        string[] folders = [AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"),
            .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
