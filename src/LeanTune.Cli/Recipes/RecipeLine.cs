namespace LeanTune.Cli.Recipes;

/// <summary>A line of a recipe file.</summary>
/// <param name="File">The file, as messages name it.</param>
/// <param name="Number">From 1.</param>
internal readonly record struct RecipeLine(string File, long Number)
{
    /// <summary>The folder of the file, which relative paths on the line start from.</summary>
    public string Folder => Path.GetDirectoryName(File) is { Length: > 0 } folder ? folder : ".";

    /// <summary><c>file:line</c>.</summary>
    public override string ToString() => $"{File}:{Number}";
}
