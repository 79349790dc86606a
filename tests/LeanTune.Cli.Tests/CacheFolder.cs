using System.Runtime.CompilerServices;

namespace LeanTune.Cli.Tests;

/// <summary>Keeps what is measured in tests out of the user's own cache.</summary>
internal static class CacheFolder
{
    [ModuleInitializer]
    internal static void Redirect() =>
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Path.Combine(Path.GetTempPath(), $"leantune-cli-tests-{Environment.ProcessId}"));
}
