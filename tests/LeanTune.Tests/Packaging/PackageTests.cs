using System.IO.Compression;

namespace LeanTune.Tests.Packaging;

/// <summary>The package, packed and used by a project that knows nothing of this repository: its libtorch loads, also on systems with an older libstdc++.</summary>
[Collection(nameof(BuildCollection))]
public sealed class PackageTests : IDisposable
{
    private const string Version = "0.1.0-test";
    private const string Native = "libLibTorchSharp.so";
    private const string Printed = "rank 8, sum 10";

    private readonly TemporaryFolder _folder = new();

    // LeanTune alone is restored into a folder of the test's own; libtorch comes from the machine's packages.
    private string Packages => _folder.File("packages");

    private string Project => _folder.File("user");

    [Fact]
    public void A_fresh_project_builds_runs_and_publishes_with_the_package()
    {
        Pack();
        WriteProject();

        DotNet.Run(Project, Packages, "run", "-c", "Release").Succeeded().ShouldContain(Printed);

        string published = _folder.File("published");
        DotNet.Run(Project, Packages, "publish", "-c", "Release", "-o", published).Succeeded();
        DotNet.Run(published, Packages, "user.dll").Succeeded().ShouldContain(Printed);

        if (!OperatingSystem.IsLinux()) return;
        // One library for each copy, all weakened: no other version of it is left that a program could load.
        string[] copies = [.. new[] { Path.Combine(Project, "bin"), published }.SelectMany(place => Directory.GetFiles(place, Native, SearchOption.AllDirectories))];
        copies.Length.ShouldBe(2);
        byte[] original = File.ReadAllBytes(Path.Combine(TestMachine.PackageFolder("torchsharp"), "runtimes", "linux-x64", "native", Native));
        foreach (string copy in copies)
            ChangedBytes(original, File.ReadAllBytes(copy)).ShouldBe([2]); // one flag, VER_FLG_WEAK
    }

    public void Dispose() => _folder.Dispose();

    private void Pack()
    {
        string feed = _folder.File("feed");
        DotNet.Run(
            Repository.Root, null, "pack", Path.Combine("src", "LeanTune"), "-c", DotNet.Configuration, "--no-build", "-o", feed,
            $"-p:PackageVersion={Version}", $"-p:NuspecOutputPath={_folder.File("nuspec")}/").Succeeded();
        using ZipArchive package = ZipFile.OpenRead(Path.Combine(feed, $"LeanTune.{Version}.nupkg"));
        string[] files = [.. package.Entries.Select(entry => entry.FullName)];
        foreach (string needed in new[] { "lib/net10.0/LeanTune.dll", "lib/net10.0/LeanTune.xml", "build/LeanTune.targets", "buildTransitive/LeanTune.targets", "README.md" })
            files.ShouldContain(needed);
    }

    private void WriteProject()
    {
        Directory.CreateDirectory(Project);
        File.WriteAllText(_folder.File("nuget.config"), $"""
            <configuration>
              <packageSources><add key="leantune-test" value="feed" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{TestMachine.Packages}" /></fallbackPackageFolders>
            </configuration>
            """);
        // Hard links, where the disk has them, keep the test from copying a gigabyte of libtorch twice.
        File.WriteAllText(Path.Combine(Project, "user.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="LeanTune" Version="{Version}" />
                <PackageReference Include="TorchSharp-cpu" Version="{Path.GetFileName(TestMachine.PackageFolder("torchsharp-cpu"))}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(Project, "Program.cs"), """
            using LeanTune.Activations.Codecs;
            using static TorchSharp.torch;

            System.Console.WriteLine($"rank {RankRule.Parse("1/8").For(64, 64)}, sum {arange(5).sum().item<long>()}");
            """);
    }

    private static byte[] ChangedBytes(byte[] before, byte[] after)
    {
        after.Length.ShouldBe(before.Length);
        return [.. Enumerable.Range(0, before.Length).Where(at => before[at] != after[at]).Select(at => (byte)(before[at] ^ after[at]))];
    }
}
