namespace LeanTune.Tests;

/// <summary>Finds the files that tests read: fixtures of this repository, and the large shared files where they are at hand.</summary>
internal static class Repository
{
    /// <summary>The folder that holds LeanTune.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Full path of a committed fixture below tests/fixtures.</summary>
    public static string Fixture(string relative)
    {
        string path = Path.Combine(Root, "tests", "fixtures", relative);
        return File.Exists(path) || Directory.Exists(path)
            ? path
            : throw new FileNotFoundException($"The fixture '{path}' is missing from this checkout.");
    }

    /// <summary>Full path of a large file beside the repository (../shared); skips the running test, saying why, when it is absent.</summary>
    public static string SharedOrSkip(string relative)
    {
        string path = Path.Combine(Root, "..", "shared", relative);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"needs the large file shared/{relative}, which is not part of the repository");
        return Path.GetFullPath(path);
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "LeanTune.slnx")))
                return folder.FullName;
        throw new InvalidOperationException($"No LeanTune.slnx above '{AppContext.BaseDirectory}'.");
    }
}

/// <summary>A fresh folder below the system's temporary folder, deleted at the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("leantune-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
