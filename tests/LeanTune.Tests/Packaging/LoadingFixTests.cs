using System.Buffers.Binary;
using System.Text;

namespace LeanTune.Tests.Packaging;

/// <summary>The build step that makes a version requirement of libLibTorchSharp.so weak, on small libraries made for it.</summary>
[Collection(nameof(BuildCollection))]
public sealed class LoadingFixTests : IDisposable
{
    private const int SectionEntry = 64, NeedEntry = 16;
    private const string Name = "libLibTorchSharp.so";

    private readonly TemporaryFolder _folder = new();

    private string Source => _folder.File(Name);

    [Fact]
    public void One_flag_changes_and_a_second_build_patches_nothing()
    {
        byte[] library = Library(out int flagOfTheVersion);
        File.WriteAllBytes(Source, library);
        string patched = Build().Succeeded().Split('\n').Single(line => line.Contains("uses ", StringComparison.Ordinal)).Trim()["uses ".Length..];
        byte[] expected = [.. library];
        expected[flagOfTheVersion] |= 2;
        File.ReadAllBytes(patched).ShouldBe(expected);
        File.ReadAllBytes(Source).ShouldBe(library);

        File.WriteAllText(patched, "left alone");
        Build().Succeeded().ShouldContain($"uses {patched}");
        File.ReadAllText(patched).ShouldBe("left alone");

        // Another version of the package, whose file may be older than the copy made of the first.
        string other = Directory.CreateDirectory(_folder.File("other")).FullName;
        File.Move(Source, Path.Combine(other, Name));
        File.SetLastWriteTimeUtc(Path.Combine(other, Name), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Build("other/").Succeeded().ShouldNotContain($"uses {patched}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(200)]
    public void A_damaged_library_is_one_clear_error(int length)
    {
        File.WriteAllBytes(Source, Library(out _)[..length]);
        ProcessResult result = Build();
        result.ExitCode.ShouldNotBe(0);
        string[] errors = [.. result.Output.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Select(line => line.Trim()).Distinct()];
        errors.Length.ShouldBe(1, result.Output);
        errors[0].ShouldContain($"'{Source}' is not a whole 64-bit ELF library; the package TorchSharp looks damaged");
        Directory.Exists(_folder.File("obj")).ShouldBeFalse();
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs the target as a build does, behind a stand-in for the SDK's target that finds the packages' files.</summary>
    private ProcessResult Build(string place = "")
    {
        File.WriteAllText(_folder.File("build.proj"), $"""
            <Project DefaultTargets="Show">
              <PropertyGroup><IntermediateOutputPath>obj/</IntermediateOutputPath></PropertyGroup>
              <Target Name="ResolvePackageAssets">
                <ItemGroup><RuntimeTargetsCopyLocalItems Include="{place}{Name}" /></ItemGroup>
              </Target>
              <Import Project="{Path.Combine(Repository.Root, "build", "LeanTune.targets")}" />
              <Target Name="Show" DependsOnTargets="ResolvePackageAssets">
                <Message Importance="high" Text="uses @(RuntimeTargetsCopyLocalItems)" />
              </Target>
            </Project>
            """);
        return DotNet.Run(_folder.Path, null, "msbuild", "build.proj", "-nologo", "-v:minimal", "-tl:off");
    }

    /// <summary>The least of an ELF library that asks for two versions of libstdc++ (System V ABI; Linux Standard Base, "Symbol Versioning").</summary>
    private static byte[] Library(out int flagOfTheVersion)
    {
        byte[] names = Encoding.ASCII.GetBytes("\0libstdc++.so.6\0GLIBCXX_3.4.30\0GLIBCXX_3.4.32\0");
        const int needs = 64, strings = needs + (3 * NeedEntry);
        int sections = strings + names.Length;
        byte[] elf = new byte[sections + (3 * SectionEntry)];
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(elf, 0);
        Write(0x28, 8, sections);
        Write(0x3a, 2, SectionEntry);
        Write(0x3c, 2, 3);

        Write(needs, 2, 1); // one file of two versions
        Write(needs + 2, 2, 2);
        Write(needs + 4, 4, 1);
        Write(needs + 8, 4, NeedEntry);
        Write(needs + NeedEntry + 8, 4, 16);
        Write(needs + NeedEntry + 12, 4, NeedEntry);
        Write(needs + (2 * NeedEntry) + 8, 4, 31);
        names.CopyTo(elf, strings);

        Write(sections + SectionEntry + 4, 4, 0x6ffffffe); // SHT_GNU_verneed
        Write(sections + SectionEntry + 24, 8, needs);
        Write(sections + SectionEntry + 40, 4, 2);
        Write(sections + (2 * SectionEntry) + 24, 8, strings);
        flagOfTheVersion = needs + (2 * NeedEntry) + 4;
        return elf;

        void Write(int at, int bytes, long value)
        {
            Span<byte> whole = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(whole, value);
            whole[..bytes].CopyTo(elf.AsSpan(at));
        }
    }
}
