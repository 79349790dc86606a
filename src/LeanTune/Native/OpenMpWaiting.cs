using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LeanTune.Native;

/// <summary>
/// Shortens the time that OpenMP's threads spin when they wait for each other. GCC's default, 300,000 rounds, is some ten milliseconds on newer processors: as soon as
/// anything else wants a core, every operation waits for a thread that is not running while another burns its core. On a machine of two cores under
/// load from several other jobs a step of the bundled model took 19 s, and 1.0 s with 1,000 rounds. On a quieter, not idle machine three runs each took 0.46 to 7.2 s
/// with the default, 0.46 to 1.2 s with 1,000 rounds, and 0.56 to 1.06 s without spinning: what it costs on an idle machine is not measured.
/// </summary>
/// <remarks>It works where LeanTune is loaded before libtorch: always in the tool; in a program that uses TorchSharp first, set GOMP_SPINCOUNT for the process.</remarks>
internal static partial class OpenMpWaiting
{
    private const string Spins = "GOMP_SPINCOUNT", Policy = "OMP_WAIT_POLICY", Rounds = "1000";

    /// <summary>Sets the environment that OpenMP reads when it is loaded, with libtorch, unless the user has set it.</summary>
#pragma warning disable CA2255 // It must come before libtorch is loaded, whatever of LeanTune is used first.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Shorten()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(Spins) is not null || Environment.GetEnvironmentVariable(Policy) is not null) return;
        try
        {
            // .NET's own variables are a copy that native code does not see.
            _ = setenv(Spins, Rounds, 0);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library: its OpenMP waits as it likes.
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
