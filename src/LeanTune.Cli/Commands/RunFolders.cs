using LeanTune.Checkpoints;
using LeanTune.Metrics;

namespace LeanTune.Cli.Commands;

/// <summary>What the commands that read run folders have in common.</summary>
internal static class RunFolders
{
    /// <summary>Reads a run; a folder that is none is the user's mistake.</summary>
    public static RunRecord Read(string folder)
    {
        try
        {
            return RunRecord.Read(folder);
        }
        catch (DirectoryNotFoundException none)
        {
            throw new UsageException($"leantune: {none.Message}");
        }
    }

    /// <summary>Writes a page; its folder is made.</summary>
    public static void WritePage(string path, string page)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new UsageException($"leantune: --output: '{path}' is a folder; expected a file such as '{Path.Combine(path, "report.html")}'.");
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        AtomicFile.WriteText(full, page);
    }
}
