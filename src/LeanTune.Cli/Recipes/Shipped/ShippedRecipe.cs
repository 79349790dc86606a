namespace LeanTune.Cli.Recipes.Shipped;

/// <summary>A recipe that comes with the tool.</summary>
/// <param name="Name">The path below the recipes' folder, without its ending: <c>smollm2/135m-loract</c>.</param>
/// <param name="Path">The file.</param>
internal sealed record ShippedRecipe(string Name, string Path)
{
    private const string MemoryStart = "Memory: ";

    /// <summary>The comment that the file starts with, a line each without its mark and the space behind it.</summary>
    public IReadOnlyList<string> Head { get; } = [.. File.ReadLines(Path).TakeWhile(line => line.StartsWith('#')).Select(line => line.Length > 1 ? line[2..] : "")];

    /// <summary>What it does: the head's first sentence, or its part before a colon.</summary>
    public string Description
    {
        get
        {
            string text = string.Join(' ', Head.TakeWhile(line => line.Length > 0));
            int end = text.IndexOfAny([':', '.'], 0);
            // A number's point ends no sentence.
            while (end >= 0 && end + 1 < text.Length && text[end + 1] != ' ')
                end = text.IndexOfAny([':', '.'], end + 1);
            return (end < 0 ? text : text[..end]) + ".";
        }
    }

    /// <summary>What it takes in memory, as the head says it before the brackets that say how that is known; empty where it does not.</summary>
    public string Memory => Head.FirstOrDefault(line => line.StartsWith(MemoryStart, StringComparison.Ordinal)) is { } line
        ? line[MemoryStart.Length..].Split(" (")[0]
        : "";
}
