namespace LeanTune.Tests.Architecture;

/// <summary>The levels of the library's folders, from the top down: a folder may use every level below its own, and the neighbours listed here.</summary>
internal static class Layers
{
    /// <summary>Folders of src/LeanTune by level. The command line stands above them in an assembly of its own. Some folders are still to come.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Levels { get; } =
    [
        ["Training"],
        ["Evaluation"],
        ["Generation"],
        ["Planning"],
        ["Data", "Models", "Losses", "Optimization", "Metrics"],
        ["Adapters"],
        ["Activations", "Quantization", "Checkpoints", "Tokenization", "ChatTemplates", "Hub"],
        ["Linalg", "Native"],
    ];

    /// <summary>Who may use a folder of its own level, and why.</summary>
    public static IReadOnlyList<(string User, string Used, string Reason)> Neighbours { get; } =
    [
        ("Losses", "Models", "the final norm is applied chunk by chunk within the loss, so that neither its input nor its output is kept"),
        ("ChatTemplates", "Tokenization", "which tokens of a rendered conversation are trained is told by where they stand in the text"),
        ("ChatTemplates", "Checkpoints", "templates lie in a model's folder, and misspelt names are answered with the nearest"),
        ("Hub", "Checkpoints", "a downloaded model is laid out as folders of checkpoints are, and small files are written aside and renamed"),
        ("Linalg", "Native", "the lines that a decomposition samples come from seeded draws"),
    ];

    /// <summary>The folders that a folder must not use.</summary>
    public static IReadOnlyList<string> ForbiddenFor(string folder)
    {
        int own = LevelOf(folder);
        return [.. Levels.SelectMany((names, level) => level > own ? [] : names).Where(other => other != folder && !IsAllowedNeighbour(folder, other))];
    }

    private static int LevelOf(string folder)
    {
        for (int level = 0; level < Levels.Count; level++)
            if (Levels[level].Contains(folder))
                return level;
        throw new ArgumentException($"The folder {folder} has no level: give it one in {nameof(Layers)}.{nameof(Levels)}.", nameof(folder));
    }

    private static bool IsAllowedNeighbour(string user, string used) => Neighbours.Any(pair => pair.User == user && pair.Used == used);
}
