using LeanTune.Checkpoints;

namespace LeanTune.Metrics;

/// <summary>Tells run folders from others, and says of others where a run may be.</summary>
internal static class RunFolderSearch
{
    public const string MetricsName = "metrics.jsonl", PlanName = "plan.json", RecipeName = "recipe.yaml", EnvironmentName = "environment.json";

    private const int MostNamed = 5;

    /// <summary>Throws unless a folder holds a run, be it one that has only just begun.</summary>
    /// <param name="given">As the user wrote it.</param>
    /// <param name="full">Its full path.</param>
    public static void RequireRun(string given, string full)
    {
        if (IsRun(full)) return;
        if (File.Exists(full)) throw Refusal($"'{given}' is a file: name the run folder that holds it{Within(full)}");
        if (!Directory.Exists(full)) throw Refusal($"The run folder '{given}' is not there (looked for '{full}'){Near(given, full)}");
        string[] inside = [.. Directory.EnumerateDirectories(full).Where(IsRun).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];
        string hint = inside.Length > 0
            ? $"; it holds the runs {string.Join(", ", inside.Take(MostNamed).Select(name => $"'{Path.Combine(given, name)}'"))}{(inside.Length > MostNamed ? $" and {inside.Length - MostNamed} more" : "")}: name one"
            : Within(full);
        throw Refusal($"'{given}' is no run folder: there is no {MetricsName}, {PlanName} or {RecipeName} of a run in it{hint}");
    }

    private static DirectoryNotFoundException Refusal(string message) => new(message.EndsWith('?') ? message : message + ".");

    /// <summary>A model folder has none of these files, and a folder of recipes has no checkpoints.</summary>
    private static bool IsRun(string folder) =>
        File.Exists(Path.Combine(folder, MetricsName)) || (Directory.Exists(Path.Combine(folder, "checkpoints")) && (File.Exists(Path.Combine(folder, PlanName)) || File.Exists(Path.Combine(folder, RecipeName))));

    /// <summary>The run around a folder or file of it.</summary>
    private static string Within(string full)
    {
        for (string? folder = Path.GetDirectoryName(full); folder is not null; folder = Path.GetDirectoryName(folder))
            if (IsRun(folder)) return $", did you mean '{Nearby(folder)}'?";
        return "";
    }

    private static string Nearby(string folder)
    {
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder);
        return relative.StartsWith("..", StringComparison.Ordinal) ? folder : relative;
    }

    private static string Near(string given, string full)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(full));
        string? parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(full));
        if (parent is null || !Directory.Exists(parent)) return "";
        string hint = NearestName.Hint(name, Directory.EnumerateDirectories(parent).Select(folder => Path.GetFileName(folder)));
        string? written = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(given));
        return hint.Length > 0 ? hint : $"; '{(string.IsNullOrEmpty(written) ? "." : written)}' is there";
    }
}
