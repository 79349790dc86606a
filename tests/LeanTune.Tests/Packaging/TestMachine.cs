using System.Reflection;

namespace LeanTune.Tests.Packaging;

/// <summary>Where this machine keeps the packages that the tests were built with.</summary>
internal static class TestMachine
{
    /// <summary>The folder of restored packages.</summary>
    public static string Packages { get; } = typeof(TestMachine).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(pair => pair.Key == "NuGetPackageRoot").Value!;

    /// <summary>The folder of one package in the version that the tests were built with.</summary>
    /// <param name="id">Lower-case id; one that is released together with TorchSharp.</param>
    public static string PackageFolder(string id) => Path.Combine(Packages, id, typeof(TorchSharp.torch).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);
}
