namespace LeanTune.Tests.Architecture;

/// <summary>Files stand where their namespace says, and stay small enough to be read in one go.</summary>
public class SourceLayoutTests
{
    private const int LongestFile = 350;

    // Folders that only sort the files of one namespace, which users see as one.
    private static readonly string[] s_sorting =
    [
        "src/LeanTune/Checkpoints/Gguf", "src/LeanTune/Checkpoints/Safetensors",
        "src/LeanTune/Data/Batching", "src/LeanTune/Data/Caching", "src/LeanTune/Data/Formats", "src/LeanTune/Data/Inspection", "src/LeanTune/Data/Reading", "src/LeanTune/Data/Sampling", "src/LeanTune/Data/Tokenizing",
        "src/LeanTune/Training/Options",
    ];

    [Fact]
    public void Namespaces_are_the_folders_names()
    {
        List<string> strays = [];
        foreach (string file in SourceFiles("src", "tests/LeanTune.Tests", "tests/LeanTune.Cli.Tests", "bench"))
        {
            string? declared = File.ReadLines(Path.Combine(Repository.Root, file))
                .FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))?["namespace ".Length..].TrimEnd(';', ' ');
            string folder = Path.GetDirectoryName(file)!.Replace('\\', '/');
            if (s_sorting.Contains(folder))
                folder = folder[..folder.LastIndexOf('/')];
            string expected = folder[(folder.IndexOf('/') + 1)..].Replace('/', '.');
            // A program's entry point has no namespace.
            if (declared != expected && !(declared is null && Path.GetFileName(file) == "Program.cs"))
                strays.Add($"{file}: namespace {declared ?? "absent"}, expected {expected}");
        }

        strays.ShouldBeEmpty();
    }

    [Fact]
    public void No_source_file_is_longer_than_a_reader_has_patience() =>
        SourceFiles("src").Select(file => (file, Lines: File.ReadLines(Path.Combine(Repository.Root, file)).Count()))
            .Where(entry => entry.Lines > LongestFile).ShouldBeEmpty();

    [Fact]
    public void Sorting_folders_are_listed_only_while_they_exist() =>
        s_sorting.Where(folder => !Directory.Exists(Path.Combine(Repository.Root, folder))).ShouldBeEmpty();

    private static IEnumerable<string> SourceFiles(params string[] folders)
    {
        foreach (string folder in folders)
            foreach (string path in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            {
                string file = Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
                if (!file.Split('/').Any(part => part is "bin" or "obj"))
                    yield return file;
            }
    }
}
