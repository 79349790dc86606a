namespace LeanTune.Cli.Tests.Documentation;

/// <summary>Options come from recipes and command lines; what is read from the environment is listed in docs/recipes.md and docs/hub.md.</summary>
public class EnvironmentTests
{
    private static readonly string[] s_readers = ["src/LeanTune/Hub/HubOptions.cs", "src/LeanTune/Native/OpenMpWaiting.cs", "src/LeanTune/Native/UserCache.cs"];

    [Fact]
    public void Nothing_else_reads_the_environment() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Where(file => File.ReadAllText(file) is var text && (text.Contains("GetEnvironmentVariable", StringComparison.Ordinal) || text.Contains("ExpandEnvironmentVariables", StringComparison.Ordinal)))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .ShouldBe(s_readers, ignoreOrder: true);
}
